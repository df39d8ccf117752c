"""Markdown: headings open sections; code and tables stay as they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.ingestion.extractors.cleaning import clean
from knowledge.ingestion.extractors.decoding import decode
from knowledge.ingestion.extractors.inline_markdown import plain
from knowledge.ingestion.extractors.sections import FENCE, Outline, table_row
from knowledge.ingestion.extractors.titles import usable_title
from knowledge.ingestion.extractors.wrapping import glue, starts_item
from knowledge.ingestion.texts import ExtractedText

_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?)\n(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_MOST_FRONT_MATTER = 20_000
_TITLE = re.compile(r"""^title[ \t]*[:=][ \t]*["']?(.*?)["']?[ \t]*$""", re.MULTILINE)
_FENCE = re.compile(r"[ \t>]*(?:[-*+][ \t]+)?(`{3,}|~{3,})")
_QUOTE = re.compile(r"[ \t]{0,3}(?:>[ \t]?)+")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]|$)")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})")
_DEFINITION = re.compile(r" {0,3}\[[^\]^\[][^\]\[]*\]:[ \t]*\S+(?:[ \t]+[\"'(].*)?")
_RULE_CELL = re.compile(r":?-+:?")
_LONGEST_MARK = 1_000
_MOST_UNDERLINED = 2


def extract(data: bytes) -> ExtractedText:
    """Return the text of a Markdown file, a section for each heading, without front matter."""
    text = clean(decode(data))
    front = _FRONT_MATTER.match(text[:_MOST_FRONT_MATTER])
    title = _TITLE.search(front[2]) if front else None
    outline = Outline()
    read_markdown(outline, text[front.end() if front else 0 :])
    named = usable_title(plain(title[1])) if title else ""
    return ExtractedText(
        title=named or usable_title(outline.title), sections=outline.finish(), page_count=None
    )


def read_markdown(outline: Outline, text: str) -> None:
    """Add the headings and blocks of ``text``, which is clean, to ``outline``."""
    reader = _Reader(outline)
    for line in text.split("\n"):
        reader.read(line)
    reader.end()


class _Reader:
    """Takes a file line by line; a paragraph goes into the outline when it has ended."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._paragraph: list[str] = []
        self._code: list[str] = []
        self._fence = ""

    def read(self, line: str) -> None:
        """Take the next line, without its end."""
        fence = _FENCE.match(line)
        if self._fence:
            self._read_code(line, fence)
        elif fence:
            self._end_paragraph()
            self._fence = fence[1]
            self._code = [FENCE]
        elif not self._is_mark(line):
            quote = _QUOTE.match(line)
            self._paragraph.append(line[quote.end() :] if quote else line)

    def end(self) -> None:
        """Take the end of the text."""
        self._end_paragraph()
        self._end_code()

    def _read_code(self, line: str, fence: re.Match[str] | None) -> None:
        if fence and fence[1].startswith(self._fence):
            self._end_code()
        else:
            self._code.append(line)

    def _end_code(self) -> None:
        if len(self._code) > 1:
            self._outline.add_block("\n".join([*self._code, FENCE]))
        self._code, self._fence = [], ""

    def _is_mark(self, line: str) -> bool:
        """Handle a line that says how its surroundings are meant, and has no text to keep."""
        if not line.strip(" \t>"):
            self._end_paragraph()
            return True
        heading = _HEADING.match(line)
        if heading:
            self._end_paragraph()
            self._outline.add_heading(len(heading[1]), plain(_unclosed(line[heading.end() :])))
            return True
        if len(line) > _LONGEST_MARK:
            return False
        return self._is_underline(line) or self._is_rule(line)

    def _is_underline(self, line: str) -> bool:
        underline = _UNDERLINE.fullmatch(line)
        is_underlined = 0 < len(self._paragraph) <= _MOST_UNDERLINED
        if not underline or not is_underlined or starts_item(self._paragraph[0]):
            return False
        heading = " ".join(self._paragraph)
        self._paragraph = []
        self._outline.add_heading(1 if underline[1].startswith("=") else 2, plain(heading))
        return True

    def _is_rule(self, line: str) -> bool:
        if _RULE.fullmatch(line) or _UNDERLINE.fullmatch(line):
            self._end_paragraph()
            return True
        return not self._paragraph and _DEFINITION.fullmatch(line) is not None

    def _end_paragraph(self) -> None:
        self._outline.add_block(_text_of(self._paragraph))
        self._paragraph = []


def _unclosed(heading: str) -> str:
    """Return the text of a heading without the marks that may stand behind it."""
    text = heading.strip()
    opened = text.rstrip("#")
    return opened.strip() if opened[-1:] in ("", " ", "\t") else text


def _text_of(lines: Sequence[str]) -> str:
    """Return a paragraph, a list or a table, one row each for what a reader sees as one."""
    if all(line.startswith(("    ", "\t")) and not starts_item(line) for line in lines):
        return "\n".join(lines)
    rows: list[list[str]] = []
    for number, line in enumerate(lines):
        if number and not _begins_row(lines[number - 1], line):
            rows[-1] += [glue(lines[number - 1].rstrip(), line.strip()), line.strip()]
        else:
            rows.append([_cells(line) if "|" in line else line.rstrip()])
    texts = (plain("".join(row)) for row in rows)
    return "\n".join(text for text in texts if text.strip())


def _begins_row(before: str, line: str) -> bool:
    if starts_item(line) or "|" in line or "|" in before:
        return True
    is_tagged = line.lstrip().startswith("<") or before.lstrip().startswith("<")
    return is_tagged or before.endswith(("  ", "\\"))


def _cells(row: str) -> str:
    """Return a row of a table without the spaces that align it."""
    cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
    is_rule = all(_RULE_CELL.fullmatch(cell) for cell in cells)
    return table_row(["---"] * len(cells) if is_rule else cells)
