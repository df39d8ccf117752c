"""The numbers and bullets that Word puts in front of paragraphs; the text itself lacks them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.ingestion.extractors.markup import Element, attribute, child, children

BULLET = "-"
_PLACE = re.compile(r"%([1-9])")
_LEVELS = 9
_LARGEST = 100_000
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"))
_SMALL_ROMAN = ((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_LONGEST_LABEL = 40


class Numbering:
    """Counts the entries of all lists while a document is read from its top down."""

    def __init__(self, parts: Iterable[Element]) -> None:
        self._lists: dict[str, Element] = {}
        self._abstract: dict[str, Element] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()
        for part in parts:
            for entry in children(part, "num"):
                self._lists[attribute(entry, "numId")] = entry
            for entry in children(part, "abstractNum"):
                self._abstract[attribute(entry, "abstractNumId")] = entry

    def label(self, number: str, depth: int) -> str:
        """Return what stands before the next entry of a list: "-", "3.", "2.1", or ""."""
        entry = self._lists.get(number)
        if entry is None or not 0 <= depth < _LEVELS:
            return BULLET
        key = _value(entry, "abstractNumId")
        levels = self._levels(key)
        kind = _value(levels.get(depth), "numFmt") or "decimal"
        if kind in ("bullet", "none"):
            return BULLET if kind == "bullet" else ""
        counts = self._count(key, number, entry, depth, levels)
        text = _PLACE.sub(
            lambda found: _shown(counts, int(found[1]) - 1, levels),
            _value(levels.get(depth), "lvlText") or f"%{depth + 1}.",
        )
        return text[:_LONGEST_LABEL].strip()

    def _levels(self, key: str) -> dict[int, Element]:
        abstract = self._abstract.get(key)
        found = children(abstract, "lvl") if abstract is not None else ()
        return {_number(attribute(level, "ilvl"), 0): level for level in found}

    def _count(
        self, key: str, number: str, entry: Element, depth: int, levels: dict[int, Element]
    ) -> list[int | None]:
        counts = self._counts.setdefault(key, [None] * _LEVELS)
        if number not in self._begun:
            self._begun.add(number)
            for override in children(entry, "lvlOverride"):
                if child(override, "startOverride") is not None:
                    level = _number(attribute(override, "ilvl"), 0)
                    counts[min(level, _LEVELS - 1) :] = [None] * (_LEVELS - min(level, _LEVELS - 1))
        last = counts[depth]
        counts[depth] = _number(_value(levels.get(depth), "start"), 1) if last is None else last + 1
        counts[depth + 1 :] = [None] * (_LEVELS - depth - 1)
        return counts


def _shown(counts: list[int | None], level: int, levels: dict[int, Element]) -> str:
    count = counts[level]
    if count is None:
        count = _number(_value(levels.get(level), "start"), 1)
    return _written(count, _value(levels.get(level), "numFmt"))


def _written(count: int, kind: str) -> str:
    if not 0 < count < _LARGEST:
        return str(count)
    if kind in ("lowerLetter", "upperLetter"):
        letters = chr(ord("a") + (count - 1) % 26) * min((count - 1) // 26 + 1, 3)
        return letters.upper() if kind == "upperLetter" else letters
    if kind in ("lowerRoman", "upperRoman"):
        roman = _roman(count)
        return roman.upper() if kind == "upperRoman" else roman
    return f"{count:02}" if kind == "decimalZero" else str(count)


def _roman(count: int) -> str:
    written = ""
    for value, letters in (*_ROMAN, *_SMALL_ROMAN):
        times, count = divmod(count, value)
        written += letters * times
    return written


def _value(element: Element | None, name: str) -> str:
    found = child(element, name)
    return attribute(found, "val") if found is not None else ""


def _number(text: str, otherwise: int) -> int:
    is_small = text.isascii() and text.isdecimal() and len(text) < 7
    return int(text) if is_small else otherwise
