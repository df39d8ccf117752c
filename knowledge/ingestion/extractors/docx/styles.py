"""Which paragraphs of a Word document are headings, and which are numbered by their style."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from knowledge.ingestion.extractors.markup import Element, attribute, child, children, name_of

_HEADING_NAME = re.compile(r"heading ([1-9])", re.IGNORECASE)
_TITLE_NAME = "title"
_DEEPEST = 6
_LONGEST_CHAIN = 20


class Styles:
    """The styles of a document, by the ids that paragraphs name them by."""

    def __init__(self, parts: Iterable[Element]) -> None:
        self._styles = {
            attribute(style, "styleId"): style
            for part in parts
            for style in part
            if name_of(style) == "style"
        }

    def heading_level(self, properties: Element | None) -> int:
        """Return the level, 1 to 6, of a paragraph with these properties, or 0 if it is text."""
        levels = (_outline_level(place) for place in self._places(properties))
        return next((min(level, _DEEPEST) for level in levels if level is not None), 0)

    def numbering(self, properties: Element | None) -> tuple[str, int]:
        """Return the id and the depth of the list that a paragraph belongs to, "" if to none."""
        number, depth = "", ""
        for place in self._places(properties):
            entry = child(child(place, "pPr") if name_of(place) == "style" else place, "numPr")
            number = number or _value(child(entry, "numId"))
            depth = depth or _value(child(entry, "ilvl"))
        is_list = number not in ("", "0")
        return (number, int(depth) if depth.isdecimal() else 0) if is_list else ("", 0)

    def _places(self, properties: Element | None) -> Iterator[Element]:
        """Yield where something may be said of a paragraph: itself, its style, those under that."""
        if properties is None:
            return
        yield properties
        style = self._styles.get(_value(child(properties, "pStyle")))
        for _ in range(_LONGEST_CHAIN):
            if style is None:
                return
            yield style
            style = self._styles.get(_value(child(style, "basedOn")))


def _outline_level(place: Element) -> int | None:
    """Return the level that is said here, 0 for plain text, or None if nothing is said."""
    is_style = name_of(place) == "style"
    if is_style:
        name = _value(next(children(place, "name"), None)).lower()
        heading = _HEADING_NAME.fullmatch(name)
        if heading or name == _TITLE_NAME:
            return int(heading[1]) if heading else 1
    level = _value(child(place, *(("pPr",) if is_style else ()), "outlineLvl"))
    if not level.isdecimal():
        return None
    return int(level) + 1 if int(level) < 9 else 0


def _value(element: Element | None) -> str:
    return attribute(element, "val") if element is not None else ""
