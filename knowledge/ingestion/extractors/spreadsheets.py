"""Spreadsheets, old and new: sheet by sheet, the hidden ones left out, formulas by their values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from io import BytesIO

import python_calamine as calamine

from knowledge.ingestion.extractors import charts
from knowledge.ingestion.extractors.containers import Container, damaged, encrypted
from knowledge.ingestion.extractors.number_formats import NumberFormat, Row, formatted_rows
from knowledge.ingestion.extractors.office import Package
from knowledge.ingestion.extractors.prose import Writer
from knowledge.ingestion.extractors.tables import write_table
from knowledge.ingestion.texts import ExtractedText

Cell = int | float | str | bool | time | date | datetime | timedelta

_ZIP_MARK = b"PK\x03\x04"
# What programs call a sheet that nobody named.
_UNNAMED = re.compile(
    r"(sheet|tabelle|feuil|feuille|hoja|foglio|blad|planilha|arkusz|list|лист|シート|工作表|시트)"
    r"\s*\d*(\.\w+)?",
    re.IGNORECASE,
)
_FIGURES = 15  # of a number: Excel keeps no more
_LARGE = 1e15
_NONE: tuple[int, Row] = (-1, {})
_DRAWING = re.compile(r"xl/(charts/chart|drawings/drawing)\d*\.xml", re.IGNORECASE)


def extract(data: bytes) -> ExtractedText:
    """Return the cells of all sheets that are shown, each sheet under its name.

    Raises Unreadable.
    """
    is_archive = data.startswith(_ZIP_MARK)
    if is_archive:
        Container(data).check_sizes()
    package = Package(data) if is_archive else None
    writer = Writer()
    with _told_as_refusals():
        _read_sheets(calamine.load_workbook(BytesIO(data)), package, writer)
    title = _read_drawings(package, writer) if package else ""
    return ExtractedText(title=title, sections=writer.outline.finish(), page_count=None)


def _read_sheets(book: calamine.CalamineWorkbook, package: Package | None, writer: Writer) -> None:
    shown = [sheet for sheet in book.sheets_metadata if _is_shown(sheet)]
    for sheet in shown:
        if len(shown) > 1 or not _UNNAMED.fullmatch(sheet.name):
            writer.outline.add_heading(1, sheet.name)
        formatted = formatted_rows(package, sheet.name) if package else iter(())
        write_table(writer.outline, _rows(book.get_sheet_by_name(sheet.name), formatted))


def _is_shown(sheet: calamine.SheetMetadata) -> bool:
    is_table = sheet.typ == calamine.SheetTypeEnum.WorkSheet
    return is_table and sheet.visible == calamine.SheetVisibleEnum.Visible


def _rows(
    sheet: calamine.CalamineSheet, formatted: Iterator[tuple[int, Row]]
) -> Iterator[list[str]]:
    # The library leaves out the columns before the first that is filled, but not the rows.
    _, first = sheet.start or (0, 0)
    number, formats = next(formatted, _NONE)
    for at, row in enumerate(sheet.iter_rows()):
        while 0 <= number < at:
            number, formats = next(formatted, _NONE)
        here = formats if number == at else {}
        yield [_shown(cell, here.get(column)) for column, cell in enumerate(row, first)]


def _shown(cell: Cell, format_: NumberFormat | None) -> str:
    """Return a value about as the program shows it."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, int | float) and format_ and abs(cell) < _LARGE:
        return format_.show(cell)
    if isinstance(cell, float):
        return f"{cell:.{_FIGURES}g}" if abs(cell) < _LARGE else f"{cell:.0f}"
    if isinstance(cell, datetime):
        is_day = cell.time() == time()
        return cell.date().isoformat() if is_day else cell.isoformat(" ", "minutes")
    return str(cell)


def _read_drawings(package: Package, writer: Writer) -> str:
    """Read what lies over the sheets: boxes of text and titles of charts. Returns the title."""
    for name in package.names:
        tree = package.optional_tree(name) if _DRAWING.fullmatch(name) else None
        if tree is None:
            continue
        if "/charts/" in name:
            charts.write_charts(writer, [tree], with_figures=False)
        else:
            charts.write_diagrams(writer, [tree])
    return package.title()


@contextmanager
def _told_as_refusals() -> Iterator[None]:
    """Tell what the library raises as what it means to the owner of the file."""
    try:
        yield
    except calamine.PasswordError as error:
        raise encrypted() from error
    except (calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        raise damaged() from error
    except BaseException as error:  # a panic of the library is none of Exception
        if type(error).__name__ != "PanicException":  # which has no module to be imported from
            raise
        raise damaged() from error
