"""PowerPoint presentations: slide by slide, with titles, shapes and notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from knowledge.ingestion.extractors import charts
from knowledge.ingestion.extractors.containers import damaged
from knowledge.ingestion.extractors.markup import (
    Element,
    attribute,
    child,
    children,
    descendants,
    name_of,
)
from knowledge.ingestion.extractors.office import Package
from knowledge.ingestion.extractors.prose import Writer
from knowledge.ingestion.extractors.titles import usable_title
from knowledge.ingestion.texts import ExtractedText

_TITLES = ("title", "ctrTitle")
_EDGES = ("sldNum", "dt", "ftr", "hdr", "sldImg")
_BULLETED = ("", "obj", "body")
_TITLE_LEVEL = 1
_INDENT = "  "
_DEEPEST_INDENT = 6
_HIDDEN = ("0", "false")
_ADDED_TO_DESCRIPTION = re.compile(r"\s*AI-generated content may be incorrect\.?\s*\Z")


def extract(data: bytes) -> ExtractedText:
    """Return the text of a presentation; its pages are its slides, without the hidden ones.

    The speaker's notes stand behind the slide that they belong to. Raises Unreadable.
    """
    package = Package(data)
    slides = list(_slides(package))
    writer = Writer()
    for number, part in enumerate(slides, start=1):
        slide = package.tree(part)
        if attribute(slide, "show") not in _HIDDEN:
            writer.outline.begin_page(number)
            _Slide(writer).read(slide)
            _read_beside(package, part, writer)
    title = package.title() or usable_title(writer.outline.title)
    sections = writer.outline.finish()
    return ExtractedText(title=title, sections=sections, page_count=len(slides) or None)


def _slides(package: Package) -> Iterator[str]:
    """Yield the names of the slides in the order in which they are shown."""
    main = package.main_part()
    presentation = package.tree(main)
    if name_of(presentation) != "presentation":
        raise damaged()
    parts = {relation.id: relation.target for relation in package.relations(main)}
    shown = child(presentation, "sldIdLst")
    for entry in shown if shown is not None else ():
        # The slide has an id of its own, and beside it that of the relation.
        ids = [str(value) for key, value in entry.items() if str(key).endswith("}id")]
        if ids and parts.get(ids[0]):
            yield parts[ids[0]]


def _read_beside(package: Package, part: str, writer: Writer) -> None:
    """Read what belongs to a slide and lies elsewhere: its charts, diagrams and notes."""
    charts.write_charts(writer, package.related(part, "chart"))
    charts.write_diagrams(writer, package.related(part, "diagramData"))
    for notes in package.related(part, "notesSlide"):
        _Slide(writer).read(notes)


class _Slide:
    """Writes the shapes of one slide: the title first, wherever it stands in the file."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def read(self, slide: Element) -> None:
        """Read all shapes of ``slide``."""
        tree = child(slide, "cSld", "spTree")
        shapes = list(_shapes(tree)) if tree is not None else []
        titles = [shape for shape in shapes if _place(shape) in _TITLES]
        for title in titles:
            self._read_text(title, is_bulleted=False)
            self._writer.end_heading(_TITLE_LEVEL)
        for shape in shapes:
            if shape not in titles and _place(shape) not in _EDGES:
                self._read_shape(shape)
                self._writer.end_block()

    def _read_shape(self, shape: Element) -> None:
        name = name_of(shape)
        if name == "graphicFrame":
            for table in descendants(shape, "tbl"):
                self._read_table(table)
        elif name == "pic":
            self._writer.write(_description(shape))
        else:
            place = _place(shape)
            self._read_text(shape, is_bulleted=place is not None and place in _BULLETED)

    def _read_text(self, shape: Element, *, is_bulleted: bool) -> None:
        body = child(shape, "txBody")
        paragraphs = list(children(body, "p")) if body is not None else []
        filled = [one for one in paragraphs if any(text.text for text in descendants(one, "t"))]
        for paragraph in filled:
            if is_bulleted and len(filled) > 1:
                self._writer.begin_item(f"{_INDENT * _depth(paragraph)}- ")
            self._read_line(paragraph)
            self._writer.end_line()

    def _read_line(self, paragraph: Element) -> None:
        for element in descendants(paragraph, "t", "br", "tab"):
            name = name_of(element)
            if name == "t":
                self._writer.write(element.text or "")
            elif name == "br":
                self._writer.end_line()

    def _read_table(self, table: Element) -> None:
        properties = child(table, "tblPr")
        has_heading = properties is not None and attribute(properties, "firstRow") == "1"
        for number, row in enumerate(children(table, "tr")):
            self._writer.begin_row()
            for cell in children(row, "tc"):
                self._writer.begin_cell(is_heading=has_heading and number == 0)
                self._read_text(cell, is_bulleted=False)
            self._writer.end_row()


def _shapes(tree: Iterable[Element]) -> Iterator[Element]:
    """Yield the shapes below ``tree``, those of groups and of alternatives included."""
    for element in tree:
        name = name_of(element)
        if name in ("sp", "graphicFrame", "pic", "cxnSp"):
            yield element
        elif name == "grpSp":
            yield from _shapes(element)
        elif name == "AlternateContent":
            yield from _shapes(_first(element))


def _first(alternatives: Iterable[Element]) -> Iterable[Element]:
    return next(iter(alternatives), ())


def _place(shape: Element) -> str | None:
    """Return the kind of placeholder that a shape fills, or None if it stands freely."""
    holder = next(descendants(shape, "ph"), None)
    return None if holder is None else attribute(holder, "type")


def _description(picture: Element) -> str:
    """Return the words that stand for a picture to who can't see it."""
    properties = next(descendants(picture, "cNvPr"), None)
    description = "" if properties is None else attribute(properties, "descr")
    description = _ADDED_TO_DESCRIPTION.sub("", description)
    return description if usable_title(description) else ""


def _depth(paragraph: Element) -> int:
    properties = child(paragraph, "pPr")
    depth = attribute(properties, "lvl") if properties is not None else ""
    return min(int(depth), _DEEPEST_INDENT) if depth.isdecimal() and len(depth) < 3 else 0
