"""Tables as text: values between commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import islice

from knowledge.ingestion.extractors.decoding import decode
from knowledge.ingestion.extractors.sections import Outline
from knowledge.ingestion.extractors.tables import write_table
from knowledge.ingestion.texts import ExtractedText, Unreadable

_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 50
_LONGEST_CELL = 1_000_000
_MOST_COLUMNS = 20_000


def extract(data: bytes) -> ExtractedText:
    """Return the rows under the names of their columns. Raises Unreadable."""
    lines = decode(data).replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    outline = Outline()
    csv.field_size_limit(_LONGEST_CELL)
    try:
        write_table(outline, _checked(_rows(lines, _delimiter(lines))))
    except csv.Error as error:
        raise Unreadable(
            "oversized",
            "One cell of this table has more than a million characters, as when a quotation mark "
            "is not closed. Save it anew in the program that it was made with, and upload that.",
        ) from error
    return ExtractedText(title="", sections=outline.finish(), page_count=None)


def _rows(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    return csv.reader((line + "\n" for line in lines), delimiter=delimiter)


def _checked(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    for row in rows:
        if len(row) > _MOST_COLUMNS:
            raise Unreadable(
                "oversized",
                f"This table has {len(row):,} columns, and at most {_MOST_COLUMNS:,} can be read. "
                "Split it into parts, and upload those.",
            )
        yield row


def _delimiter(lines: Sequence[str]) -> str:
    """Return the sign that parts the first lines into the most columns, as many in each."""
    return max(_DELIMITERS, key=lambda sign: _regularity(lines[:_SAMPLE_ROWS], sign))


def _regularity(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    try:
        counts = [len(row) for row in islice(_rows(lines, delimiter), _SAMPLE_ROWS) if row]
    except csv.Error:
        return 0.0, 0
    if not counts:
        return 0.0, 0
    usual = max(set(counts), key=counts.count)
    return (counts.count(usual) / len(counts), usual) if usual > 1 else (0.0, 0)
