"""The lines of a PDF page put together into headings and paragraphs."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from knowledge.ingestion.extractors.cleaning import clean, one_line, strip_lines
from knowledge.ingestion.extractors.pdf.hyphens import Vocabulary
from knowledge.ingestion.extractors.pdf.lines import Line
from knowledge.ingestion.extractors.pdf.rows import whole_rows
from knowledge.ingestion.extractors.wrapping import first_word, glue, starts_item

_LARGER = 1.15
_SAME_SIZE = 0.12
_WIDE_SPACING = 1.35
_USUAL_SPACING = 1.2
_MOST_SPACING = 3.0
_SAME_EDGE = 3.0
_NARROWEST = 13.0
_MOSTLY_FULL = 0.6
_INDENT = 0.8
_LONGEST_HEADING = 120
_MOST_HEADING_LINES = 3
_ENDS_SENTENCE = re.compile(r"[.!?:;。！？।؟…][\"'”’»)\]]*\s*$")
_END = 6  # characters in which the end of a sentence is looked for
_NO_HEADING = re.compile(r"[.,;。，；]\s*$|^[•◦▪●○■–—*]|[=<>{}|\\^∈→⊆∪∩∀∃≤≥]")
_WORD = re.compile(r"[^\W\d_]{3}|[\u0e00-\u0eff\u3040-\u9fff\uac00-\ud7a3]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")

_USUAL_STYLE = (10.0, False)

Relation = Literal["flows", "breaks", "parts"]


@dataclass(frozen=True, slots=True)
class Style:
    """How most of a document is set."""

    size: float
    is_bold: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, with the size of its letters, or (``heading_size`` 0) a paragraph."""

    text: str
    heading_size: float


def body_style(lines: Iterable[Line]) -> Style:
    """Return the style in which most letters are set."""
    letters: Counter[tuple[float, bool]] = Counter({_USUAL_STYLE: 0})
    for line in lines:
        letters[line.size, line.is_bold] += len(line.text)
    size, is_bold = max(letters, key=lambda style: (letters[style], style))
    return Style(size=size, is_bold=is_bold)


def blocks(lines: Sequence[Line], body: Style, vocabulary: Vocabulary) -> list[Block]:
    """Return what stands on one page, in reading order, hyphenated words made whole."""
    rows = whole_rows(lines)
    setting = _Setting(rows, body)
    found: list[Block] = []
    group: list[Line] = []
    texts: list[str] = []
    for row in rows:
        relation = setting.relation(group, row) if group else "parts"
        if relation == "parts":
            found += _block(group, texts, setting)
            group, texts = [], []
        _append(texts, row.text, relation, setting, vocabulary)
        group.append(row)
    return found + _block(group, texts, setting)


def _block(group: Sequence[Line], texts: Sequence[str], setting: _Setting) -> list[Block]:
    text = strip_lines(clean("".join(texts))).strip()
    if not text:
        return []
    is_heading = (
        len(group) <= _MOST_HEADING_LINES
        and len(text) <= _LONGEST_HEADING
        and all(setting.stands_out(line) for line in group)
    )
    if is_heading:
        return [Block(text=one_line(text), heading_size=group[0].size)]
    return [Block(text=text, heading_size=0)]


def _append(
    texts: list[str], line: str, relation: Relation, setting: _Setting, vocabulary: Vocabulary
) -> None:
    """Add ``line`` to the ``texts`` of a paragraph, of which it may complete the last word."""
    if relation == "parts":
        texts.append(line)
    elif relation == "breaks":
        texts += ["\n", line]
    elif texts[-1].endswith("-"):
        texts[-1] = texts[-1][:-1] if vocabulary.is_one_word(texts[-1], line) else texts[-1]
        texts.append(line)
    elif setting.keeps_spaces and _HANGUL.match(texts[-1][-1]):
        texts.append(line)
    else:
        texts += [glue(texts[-1], line), line]


class _Setting:
    """How one page is set, and so what a line has to do with the one before it."""

    def __init__(self, rows: Sequence[Line], body: Style) -> None:
        self._body = body
        self._spacing = _spacing(rows)
        self._edges = _edges(rows, body)
        self.keeps_spaces = any(row.text.endswith(" ") for row in rows)

    def stands_out(self, line: Line) -> bool:
        """Tell whether ``line`` is set like a heading."""
        if line.is_tabular or _NO_HEADING.search(line.text):
            return False
        if not _WORD.search(line.text):
            return False
        is_larger = line.size >= self._body.size * _LARGER
        is_bolder = line.is_bold and not self._body.is_bold
        return is_larger or (is_bolder and line.size >= self._body.size * (1 - _SAME_SIZE))

    def relation(self, group: Sequence[Line], line: Line) -> Relation:
        """Tell whether ``line`` goes on from ``group``, begins under it, or is a new paragraph."""
        before = group[-1]
        if before.turn != line.turn:
            return "parts"
        if abs(before.size - line.size) > before.size * _SAME_SIZE:
            return "parts"
        if self.stands_out(before) != self.stands_out(line):
            return "parts"
        if line.bottom > before.bottom + before.size / 2:
            return "flows" if _runs_on(before, line) else "parts"
        if before.bottom - line.bottom > self._spacing * _WIDE_SPACING * before.size:
            return "parts"
        if self._flows(group, line):
            return "parts" if _is_indented(group, line) else "flows"
        is_new = _ends_sentence(before) and not starts_item(line.text)
        return "parts" if is_new and not starts_item(group[0].text) else "breaks"

    def _flows(self, group: Sequence[Line], line: Line) -> bool:
        """Tell whether the first word of ``line`` did not fit on the line before."""
        before = group[-1]
        if before.is_hyphenated and line.text[0].islower():
            return True
        if starts_item(line.text) or before.is_tabular or line.is_tabular:
            return False
        edge = max(self._edge(before), *(row.right for row in group), line.right)
        if edge - min(before.left, line.left) < _NARROWEST * before.size:
            return False
        if line.text[0].islower() and not _ends_sentence(before):
            return before.right - before.left > (edge - before.left) * _MOSTLY_FULL
        letter = (before.right - before.left) / len(before.text)
        return before.right + letter * (len(first_word(line.text)) + 0.5) > edge

    def _edge(self, line: Line) -> float:
        return self._edges.get(_place(line, self._body), line.right)


def _ends_sentence(line: Line) -> bool:
    return _ENDS_SENTENCE.search(line.text[-_END:]) is not None


def _runs_on(before: Line, line: Line) -> bool:
    """Tell whether a sentence goes on in the next column."""
    if _ends_sentence(before):
        return False
    return before.is_hyphenated or line.text[0].islower()


def _is_indented(group: Sequence[Line], line: Line) -> bool:
    """Tell whether ``line`` is the first of a paragraph that is marked by an indent alone."""
    before = group[-1]
    is_further_in = line.left - before.left > _INDENT * before.size
    return is_further_in and len(group) > 1 and _ends_sentence(before)


def _spacing(rows: Sequence[Line]) -> float:
    """Return the usual distance from line to line, as a multiple of the height of letters."""
    steps = [
        step
        for above, below in pairwise(rows)
        if 0 < (step := (above.bottom - below.bottom) / max(above.size, 1)) < _MOST_SPACING
    ]
    return median(steps) if steps else _USUAL_SPACING


def _edges(rows: Sequence[Line], body: Style) -> dict[int, float]:
    """Return how far lines reach to the right, for each place where lines begin."""
    ends: defaultdict[int, list[float]] = defaultdict(list)
    for row in rows:
        ends[_place(row, body)].append(row.right)
    return {place: sorted(found)[len(found) * 3 // 4] for place, found in ends.items()}


def _place(line: Line, body: Style) -> int:
    return round(line.left / (_SAME_EDGE * max(body.size, 1)))
