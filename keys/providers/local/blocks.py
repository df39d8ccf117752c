"""Taking the layout out of a passage: paragraphs, list items, table rows, code and headings.

Passages come from PDF pages with hard-wrapped lines, from Markdown, from web pages; what comes
out reads the same whatever it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby
from typing import Final

HEADING_LENGTH: Final = 80
HEADING_WORDS: Final = 10
# A line this much shorter than the longest of its paragraph was not broken for lack of room.
SHORT_LINE: Final = 0.6

_FENCE: Final = re.compile(r"\s*(?:```|~~~)")
_MARKED_HEADING: Final = re.compile(r"#{1,6}\s+(?P<text>.*?)[\s#]*$")
_ITEM: Final = re.compile(r"\s*(?:[-*+•‣▪◦–]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?P<text>\S.*)$")
_LABEL: Final = re.compile(r"\s*[^\W\d][^:.]{0,30}:\s")
_FURNITURE: Final = re.compile(
    r"\s*(?:[-=_*~.\s]{3,}|(?:page|seite|página)?\s*\d+\s*(?:(?:of|von|de|/)\s*\d+)?|"
    r".*(?:\.\s?){5,}\s*\d+)\s*$",
    re.IGNORECASE,
)
_CELLS: Final = re.compile(r"\s*\|(?P<cells>.*)\|\s*$")
_TABLE_RULE: Final = re.compile(r"[\s|:-]+$")
_UNSPACED: Final = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]")
_ENDED: Final = (".", "!", "?", "…", ":", ";", "。", "！", "？", "؟", "।")


class Kind(Enum):
    """What a block was in the document."""

    HEADING = auto()
    PARAGRAPH = auto()
    ITEM = auto()
    ROW = auto()
    CODE = auto()


@dataclass(frozen=True, slots=True)
class Block:
    """One block, its text on one line (but for code)."""

    kind: Kind
    text: str


def blocks(passage: str) -> Iterator[Block]:
    """The blocks of a passage, in order; page numbers, rules and the like are left out."""
    code: list[str] | None = None
    prose: list[str] = []
    for line in passage.splitlines():
        if _FENCE.match(line):
            yield from _prose(prose)
            prose = []
            if code is not None:
                yield Block(Kind.CODE, "\n".join(code))
            code = [] if code is None else None
        elif code is None:
            prose.append(line)
        else:
            code.append(line)
    yield from _prose(prose)


def _prose(lines: list[str]) -> Iterator[Block]:
    for is_blank, group in groupby(lines, key=lambda line: not line.strip()):
        if is_blank:
            continue
        kept = [line for line in group if not _FURNITURE.match(line)]
        for is_table, grouped in groupby(kept, key=lambda line: bool(_CELLS.match(line))):
            part = list(grouped)
            yield from _rows(part) if is_table else _lines(part)


def _rows(lines: list[str]) -> Iterator[Block]:
    """The rows of a table, each cell with the name of its column where the table has names."""
    names: list[str] = []
    for index, line in enumerate(lines):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if _TABLE_RULE.match(line):
            continue
        if index + 1 < len(lines) and _TABLE_RULE.match(lines[index + 1]):
            names = cells
            continue
        named = zip(names, cells, strict=False) if names else (("", cell) for cell in cells)
        shown = [f"{name}: {cell}" if name else cell for name, cell in named if cell]
        yield Block(Kind.ROW, ", ".join(shown))


def _lines(lines: list[str]) -> Iterator[Block]:
    """Paragraphs and items, put together again from the lines they were broken into."""
    widest = max((len(line) for line in lines), default=0)
    kind, text, last = Kind.PARAGRAPH, "", ""
    for line in lines:
        heading, item = _MARKED_HEADING.match(line), _ITEM.match(line)
        if text and (heading or item or _starts_anew(last, line, widest)):
            yield _block(kind, text)
            text = ""
        if heading:
            yield Block(Kind.HEADING, heading["text"])
            kind, text = Kind.PARAGRAPH, ""
        elif item:
            kind, text = Kind.ITEM, item["text"].strip()
        else:
            kind = kind if text else Kind.PARAGRAPH
            text = _join(text, line.strip())
        last = line
    if text:
        yield _block(kind, text)


def _starts_anew(last: str, line: str, widest: int) -> bool:
    """Whether a line break between two lines was meant, and not made for lack of room."""
    if _LABEL.match(last) and _LABEL.match(line):
        return True
    begins = line.strip()[:1]
    if begins.islower() or len(last) >= widest * SHORT_LINE:
        return False
    return begins.isupper() or begins.isdigit() or last.rstrip().endswith(_ENDED)


def _join(text: str, line: str) -> str:
    if not text:
        return line
    if text.endswith("-") and text[-2:-1].isalpha() and line[:1].islower():
        return text[:-1] + line
    if _UNSPACED.match(text[-1]) and _UNSPACED.match(line[:1]):
        return text + line
    return f"{text} {line}"


def _block(kind: Kind, text: str) -> Block:
    if kind is Kind.PARAGRAPH and _looks_like_heading(text):
        return Block(Kind.HEADING, text)
    return Block(kind, text)


def _looks_like_heading(text: str) -> bool:
    """Short, without an end, and without what a short fact would hold: a number or a label."""
    is_short = len(text) <= HEADING_LENGTH and len(text.split()) <= HEADING_WORDS
    if not is_short or _UNSPACED.search(text):
        return False
    return not text.endswith(_ENDED) and not re.search(r"[\d:,]", text)
