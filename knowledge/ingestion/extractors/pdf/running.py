"""Headers and footers that run over the pages of a PDF, and page numbers, are not its text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from knowledge.ingestion.extractors.pdf.lines import Line

_NUMBER = re.compile(r"\d+|\b[ivxlcdm]+\b")
_OUTER_NUMBER = re.compile(r"^\s*\W?(\d{1,5})\b|\b(\d{1,5})\W?\s*$")
_MARKS = re.compile(r"\W+")
_MARGIN_SHARE = 0.12  # of the page's height, at the top and at the bottom
_LONGEST = 160
_FEWEST_PAGES = 3
_ENOUGH_PAGES = 8
_LEAST_SHARE = 0.4
_MOST_EMPTIED = 0.5
_SAME_HEIGHT = 4.0  # points

# What a running line has in common on all its pages, beside its height: its words, or how far the
# number at one of its ends is from that of the page.
_Key = tuple[str | int, int]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its ``number`` from 1, its lower and upper edge in points, what stands on it."""

    number: int
    bottom: float
    top: float
    lines: tuple[Line, ...]
    fields: tuple[str, ...]


def without_running_lines(pages: Sequence[Page]) -> list[Page]:
    """Return ``pages`` without the lines that stand at the same place on many of them.

    They count as the same when they differ in numbers only, or carry the number of their page.
    Where such a line has words, it stays the first time: it may be the only place where the
    document says what it is. If most pages had nothing left, the lines are their text, and stay.
    """
    counts = Counter(
        key for page in pages for key in {key for line in page.lines for key in _keys(page, line)}
    )
    enough = max(_FEWEST_PAGES, min(_ENOUGH_PAGES, len(pages) * _LEAST_SHARE))
    running = {key for key, count in counts.items() if count >= enough}
    seen: set[str] = set()
    kept = [
        replace(page, lines=tuple(line for line in page.lines if _stays(page, line, running, seen)))
        for page in pages
    ]
    emptied = sum(
        1 for page, rest in zip(pages, kept, strict=True) if page.lines and not rest.lines
    )
    return list(pages) if emptied > len(pages) * _MOST_EMPTIED else kept


def _stays(page: Page, line: Line, running: set[_Key], seen: set[str]) -> bool:
    if running.isdisjoint(_keys(page, line)):
        return True
    words = _words(line)
    if not words or words in seen:
        return False
    seen.add(words)
    return True


def _keys(page: Page, line: Line) -> Iterator[_Key]:
    margin = (page.top - page.bottom) * _MARGIN_SHARE
    is_outside = line.bottom > page.top - margin or line.top < page.bottom + margin
    if not is_outside or line.turn or len(line.text) > _LONGEST:
        return
    height = round((line.bottom - page.bottom) / _SAME_HEIGHT)
    yield _words(line), height
    for found in _OUTER_NUMBER.finditer(line.text):
        yield int(found[1] or found[2]) - page.number, height


def _words(line: Line) -> str:
    return _MARKS.sub(" ", _NUMBER.sub("", line.text.lower())).strip()
