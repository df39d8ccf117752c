"""OpenDocument texts and presentations."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.ingestion.extractors.containers import Container, damaged, encrypted
from knowledge.ingestion.extractors.markup import (
    Element,
    attribute,
    child,
    children,
    descendants,
    name_of,
    parse,
    parse_or_none,
)
from knowledge.ingestion.extractors.prose import Writer
from knowledge.ingestion.extractors.titles import usable_title
from knowledge.ingestion.texts import ExtractedText

_UNREAD = {
    *(
        "annotation",
        "tracked-changes",
        "forms",
        "sequence-decls",
        "variable-decls",
        "title",
        "desc",
    ),
    *("user-field-decls", "note-citation", "ruby-text", "event-listeners", "bibliography-source"),
    *("table-of-content-source", "date-time", "page-number", "page-count"),
}
_EDGES = ("page-number", "date-time", "footer", "header", "page")
_SPACES = ("s", "tab")
_INDENT = "  "
_DEEPEST_LEVEL = 6
_LONGEST_NUMBER = 6


def extract(data: bytes) -> ExtractedText:
    """Return the text of an OpenDocument file; in a presentation, each slide is a page.

    Raises Unreadable.
    """
    container = Container(data)
    if b"encryption-data" in container.read("META-INF/manifest.xml"):
        raise encrypted()
    body = child(parse(container.read("content.xml")), "body")
    content = next(iter(body), None) if body is not None else None
    if content is None:
        raise damaged()
    reader = _Reader()
    is_presentation = name_of(content) == "presentation"
    slides = list(children(content, "page")) if is_presentation else []
    for number, slide in enumerate(slides, start=1):
        reader.read_slide(number, slide)
    if not is_presentation:
        reader.read(content)
    reader.read_notes()
    outline = reader.writer.outline
    title = _title(container) or usable_title(outline.title)
    sections = outline.finish()
    return ExtractedText(title=title, sections=sections, page_count=len(slides) or None)


def _title(container: Container) -> str:
    root = parse_or_none(container.read("meta.xml"))
    found = next(descendants(root, "title"), None) if root is not None else None
    return usable_title(found.text or "") if found is not None else ""


class _Reader:
    """Walks down the elements of a document."""

    def __init__(self) -> None:
        self.writer = Writer()
        self._table_depth = 0
        self._list_depth = 0
        self._notes: list[Element] = []

    def read_notes(self) -> None:
        """Read the foot- and endnotes of all that was read before."""
        while self._notes:
            self.read(self._notes.pop(0))

    def read_slide(self, number: int, slide: Element) -> None:
        """Read a slide: its title first, its notes last."""
        self.writer.outline.begin_page(number)
        titles = [frame for frame in slide if _kind(frame) == "title"]
        for title in titles:
            self._read_line(title)
            self.writer.end_heading(1)
        notes = list(children(slide, "notes"))
        shapes = [shape for shape in slide if shape not in titles and shape not in notes]
        for shape in [*shapes, *(below for note in notes for below in note)]:
            if _kind(shape) not in _EDGES:
                self._read_one(shape)
                self.writer.end_block()

    def read(self, parent: Element) -> None:
        """Read what stands below ``parent``: paragraphs, lists, tables, and what holds such."""
        for element in parent:
            self._read_one(element)

    def _read_one(self, element: Element) -> None:
        name = name_of(element)
        if name == "p":
            self._read_line(element)
            self._part()
        elif name == "h":
            self._read_heading(element)
        elif name == "list":
            self._read_list(element)
        elif name == "table":
            self._read_table(element)
        elif name not in _UNREAD:
            self.read(element)

    def _part(self) -> None:
        """End what stands before: the paragraph, or only a line in a list or a table."""
        if self._table_depth or self._list_depth:
            self.writer.end_line()
        else:
            self.writer.end_block()

    def _read_heading(self, heading: Element) -> None:
        self._part()
        self._read_line(heading)
        if self._table_depth or self._list_depth:
            self.writer.end_line()
        else:
            level = _number(attribute(heading, "outline-level"), 1)
            self.writer.end_heading(min(max(level, 1), _DEEPEST_LEVEL))

    def _read_list(self, parent: Element) -> None:
        self._part()
        self._list_depth += 1
        indent = _INDENT * min(self._list_depth - 1, _DEEPEST_LEVEL)
        items = [item for item in parent if name_of(item) in ("list-item", "list-header")]
        for item in items:
            if len(items) > 1:  # a cell or a box whose style is that of a list has one
                self.writer.begin_item(f"{indent}- ")
            self.read(item)
        self._list_depth -= 1
        self._part()

    def _read_table(self, table: Element) -> None:
        self._part()
        self._table_depth += 1
        for row, is_heading in _rows(table, is_heading=False):
            self.writer.begin_row()
            for cell in row:
                if name_of(cell) in ("table-cell", "covered-table-cell"):
                    self.writer.begin_cell(is_heading=is_heading)
                    self.read(cell)
            self.writer.end_row()
        self._table_depth -= 1
        self._part()

    def _read_line(self, parent: Element) -> None:
        """Write the text of a paragraph; boxes that hang on it are read where they hang."""
        self.writer.write(parent.text or "")
        for element in parent:
            name = name_of(element)
            if name in _SPACES:
                self.writer.write(" ")
            elif name == "line-break":
                self.writer.end_line()
            elif name in ("p", "h", "list", "table"):
                self.writer.end_line()
                self._read_inside(element)
            elif name == "note":
                self._notes.append(element)
            elif name not in _UNREAD:
                self._read_line(element)
            self.writer.write(element.tail or "")

    def _read_inside(self, element: Element) -> None:
        """Read what stands in a box inside of a paragraph, line by line."""
        self._list_depth += 1
        self._read_one(element)
        self._list_depth -= 1


def _rows(parent: Element, *, is_heading: bool) -> Iterator[tuple[Element, bool]]:
    for element in parent:
        name = name_of(element)
        if name == "table-row":
            yield element, is_heading
        elif name in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _rows(element, is_heading=is_heading or name == "table-header-rows")


def _kind(shape: Element) -> str:
    return next(
        (str(value) for key, value in shape.items() if str(key).endswith("presentation:1.0}class")),
        "",
    )


def _number(text: str, otherwise: int) -> int:
    is_small = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
    return int(text) if is_small else otherwise
