"""CSV for spreadsheets: UTF-8 with a byte order mark, by which they know it, lines that end as they
expect, and nothing that a spreadsheet would take for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

MEDIA_TYPE: Final = "text/csv; charset=utf-8"
# A cell that begins so is a formula to a spreadsheet, and could send others away.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MARK: Final = "\ufeff"


def heading(columns: Sequence[str]) -> bytes:
    """With what a file begins."""
    return f"{_MARK}{','.join(columns)}\r\n".encode()


def as_rows(rows: Iterable[Iterable[str]]) -> bytes:
    """Rows, without a heading."""
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


def harmless(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet would take it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
