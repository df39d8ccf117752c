"""Rows of cells as text that can be searched, and quoted row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from knowledge.ingestion.extractors.cleaning import clean, one_line
from knowledge.ingestion.extractors.sections import Outline, table_row

Row = Sequence[str]

# A stretch of a long table goes into one piece, and begins with the names of the columns.
_STRETCH = 900
_LONGEST_ROW = 700
_LONGEST_HEADER = 400
_FIGURE = re.compile(r"[\W\d_]*\d[\W\d_]*")


def write_table(outline: Outline, rows: Iterable[Row]) -> None:
    """Add rows to ``outline``: an empty row ends a table, a row of one cell is a line of text."""
    for table in _tables(rows):
        for block in _blocks(table):
            outline.add_block(block)


def _tables(rows: Iterable[Row]) -> Iterator[list[list[str]]]:
    """Yield what lies between empty rows, without its empty columns."""
    table: list[dict[int, str]] = []
    for row in rows:
        cells = {at: text for at, cell in enumerate(row) if (text := clean(cell).strip())}
        if cells:
            table.append(cells)
        elif table:
            yield _squared(table)
            table = []
    if table:
        yield _squared(table)


def _squared(table: Sequence[dict[int, str]]) -> list[list[str]]:
    columns = sorted({column for cells in table for column in cells})
    return [[cells.get(column, "") for column in columns] for cells in table]


def _blocks(table: Sequence[Row]) -> Iterator[str]:
    start = 0
    while start < len(table) and _filled(table[start]) == 1 and len(table[start]) > 1:
        yield "".join(table[start])
        start += 1
    rows = table[start:]
    if not rows:
        return
    if len(rows[0]) == 1:
        yield from _stretches("", ["".join(row) for row in rows])
    elif _is_header(rows):
        names = [one_line(name) for name in rows[0]]
        yield from _with_header(names, rows[1:])
    else:
        yield from _stretches("", [_line(row) for row in rows])


def _with_header(names: Row, rows: Sequence[Row]) -> Iterator[str]:
    header = "\n".join([table_row(names), table_row(["---"] * len(names))])
    short: list[str] = []
    repeated = header if len(header) <= _LONGEST_HEADER else ""
    if not repeated:
        yield header
    for row in rows:
        line = _line(row)
        if len(line) <= _LONGEST_ROW:
            short.append(line)
            continue
        yield from _stretches(repeated, short)
        short = []
        yield _record(names, row)
    yield from _stretches(repeated, short)


def _stretches(header: str, lines: Sequence[str]) -> Iterator[str]:
    """Join lines to blocks of about one piece, each of them under the header."""
    block: list[str] = []
    length = len(header)
    for line in lines:
        if block and length + len(line) > _STRETCH:
            yield "\n".join([header, *block] if header else block)
            block, length = [], len(header)
        block.append(line)
        length += len(line) + 1
    if block:
        yield "\n".join([header, *block] if header else block)


def _record(names: Row, row: Row) -> str:
    """Return a long row as lines of its own: "Question: …", "Answer: …"."""
    pairs = zip(names, row, strict=True)
    return "\n".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)


def _line(row: Row) -> str:
    last = max(at for at, cell in enumerate(row) if cell)
    return table_row([one_line(cell) for cell in row[: last + 1]])


def _is_header(rows: Sequence[Row]) -> bool:
    """Tell whether the first row names columns: words above something, and nearly in all."""
    first = rows[0]
    return (
        len(rows) > 1
        and _filled(first) * 2 > len(first)
        and sum(map(len, first)) <= _LONGEST_ROW * 2
        and not any(_FIGURE.fullmatch(cell) for cell in first)
    )


def _filled(row: Row) -> int:
    return sum(1 for cell in row if cell)
