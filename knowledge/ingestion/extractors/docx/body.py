"""The paragraphs and tables of a Word document, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.ingestion.extractors.docx.numbering import Numbering
from knowledge.ingestion.extractors.docx.styles import Styles
from knowledge.ingestion.extractors.markup import Element, attribute, child, children, name_of
from knowledge.ingestion.extractors.prose import Writer

_WRAPPERS = {"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag", "txbxContent"}
# Properties, what was deleted or moved away, the formulas behind fields, and the reading aids that
# stand above Chinese letters.
_UNREAD = {"pPr", "rPr", "sdtPr", "del", "moveFrom", "delText", "instrText", "delInstrText", "rt"}
_LINE_ENDS = {"br", "cr"}
_SPACES = {"tab", "ptab"}
_OFF = ("0", "false", "off")
_INDENT = "  "
_DEEPEST_INDENT = 6


class Body:
    """Writes what it is given to read into a writer; lists are counted through all of it."""

    def __init__(self, writer: Writer, styles: Styles, numbering: Numbering) -> None:
        self._writer = writer
        self._styles = styles
        self._numbering = numbering
        self._table_depth = 0
        self._is_list = False

    def read(self, parent: Element) -> None:
        """Read the paragraphs and tables below ``parent``."""
        for element in parent:
            name = name_of(element)
            if name == "p":
                self._read_paragraph(element)
            elif name == "tbl":
                self._read_table(element)
            elif name in _WRAPPERS:
                self.read(element)
            elif name == "AlternateContent":
                self.read(_chosen(element))
        if not self._table_depth:
            self._writer.end_block()

    def read_each(self, parents: Iterable[Element]) -> None:
        """Read what is below each of ``parents``: notes, or the edges of pages."""
        for parent in parents:
            self.read(parent)

    def _read_paragraph(self, paragraph: Element) -> None:
        properties = child(paragraph, "pPr")
        level = 0 if self._table_depth else self._styles.heading_level(properties)
        number, depth = self._styles.numbering(properties)
        label = self._numbering.label(number, depth) if number else ""
        if level or not label:
            self._is_list = False
            self._part()
        boxes: list[Element] = []
        if level:
            self._writer.write(f"{label} " if label else "")
        elif label:
            self._writer.begin_item(f"{_INDENT * min(depth, _DEEPEST_INDENT)}{label} ")
            self._is_list = True
        self._read_line(paragraph, boxes)
        if level:
            self._writer.end_heading(level)
        else:
            self._part()
        for box in boxes:
            self.read(box)

    def _part(self) -> None:
        """End what stands before: the paragraph, or only a line in a list or a table."""
        if self._table_depth or self._is_list:
            self._writer.end_line()
        else:
            self._writer.end_block()

    def _read_line(self, parent: Element, boxes: list[Element]) -> None:
        for element in parent:
            name = name_of(element)
            if name == "t":
                self._writer.write(element.text or "")
            elif name in _LINE_ENDS:
                self._writer.end_line()
            elif name in _SPACES:
                self._writer.write(" ")
            elif name == "noBreakHyphen":
                self._writer.write("-")
            elif name == "txbxContent":
                boxes.append(element)
            elif name == "AlternateContent":
                self._read_line(_chosen(element), boxes)
            elif name not in _UNREAD and not (name == "r" and _is_hidden(element)):
                self._read_line(element, boxes)

    def _read_table(self, table: Element) -> None:
        self._part()
        self._table_depth += 1
        for number, row in enumerate(_rows(table)):
            self._writer.begin_row()
            is_heading = _is_heading(row) or (number == 0 and _has_heading(table))
            for cell in _cells(row):
                self._writer.begin_cell(is_heading=is_heading)
                self.read(cell)
                self._writer.end_line()
            self._writer.end_row()
        self._table_depth -= 1
        self._is_list = False
        self._part()


def _rows(table: Element) -> Iterable[Element]:
    for element in table:
        name = name_of(element)
        if name == "tr":
            yield element
        elif name in _WRAPPERS:
            yield from _rows(element)


def _cells(row: Element) -> Iterable[Element]:
    for element in row:
        name = name_of(element)
        if name == "tc":
            yield element
        elif name in _WRAPPERS:
            yield from _cells(element)


def _is_heading(row: Element) -> bool:
    mark = child(row, "trPr", "tblHeader")
    return mark is not None and attribute(mark, "val") not in _OFF


def _has_heading(table: Element) -> bool:
    """Tell whether the table's first row is set as its heading."""
    look = child(table, "tblPr", "tblLook")
    return look is not None and attribute(look, "firstRow") == "1"


def _is_hidden(run: Element) -> bool:
    mark = child(run, "rPr", "vanish")
    return mark is not None and attribute(mark, "val") not in _OFF


def _chosen(alternatives: Element) -> Element:
    """Return the first way in which something is written: the others say the same again."""
    return next(iter(children(alternatives, "Choice")), next(iter(alternatives), alternatives))
