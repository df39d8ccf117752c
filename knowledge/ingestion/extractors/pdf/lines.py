"""The lines of a PDF page: their text, where they stand, how large and how bold they are."""

from __future__ import annotations

import ctypes
import math
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from knowledge.ingestion.extractors.pdf.directions import in_reading_direction

# PDFium writes this noncharacter where a word was hyphenated, and no line end after it.
_HYPHEN_MARK = "\ufffe"
_LINE = re.compile(r"([^\r\n\ufffe]*)(\r\n|\ufffe|\r|\n|$)")
_ENDS_IN_HYPHEN = re.compile(r"[^\W\d_]-$")
_GAP_EMS = 1.4
_TABLE_GAP_EMS = 2.4
_QUARTER = math.pi / 2
_NAME_BYTES = 128
_BOLD_NAME = re.compile(rb"bold|black|heavy|demi|(cm|sf|lm|ec)(bx|ssbx)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Gap:
    """White space inside a line, as between two columns: from ``left`` to ``right`` in points.

    The text behind it begins at ``index`` of the line's text.
    """

    left: float
    right: float
    index: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in points from the page's lower left corner.

    ``bottom`` is where its letters stand, ``size`` that of its type. ``text`` keeps a space at its
    end if the file has one there, and the hyphen of a word that goes on in the next line. If the
    line is turned by a quarter or more, ``turn`` of them, the page is turned with it.
    """

    text: str
    left: float
    right: float
    bottom: float
    size: float
    is_bold: bool
    turn: int
    gap: Gap | None
    widest_gap: float

    @property
    def top(self) -> float:
        """How high its letters reach, about."""
        return self.bottom + self.size

    @property
    def is_hyphenated(self) -> bool:
        """Whether the line ends inside a word, or between the parts of a compound."""
        return _ENDS_IN_HYPHEN.search(self.text) is not None

    @property
    def is_tabular(self) -> bool:
        """Whether there is more space inside than justified text has."""
        return self.widest_gap > self.size * _TABLE_GAP_EMS


@dataclass(frozen=True, slots=True)
class _Letter:
    left: float
    right: float
    bottom: float
    size: float


def read_lines(page: pdfium.PdfPage) -> list[Line]:
    """Return the lines of ``page`` in the order of the file."""
    text_page = page.get_textpage()
    try:
        return list(_lines(text_page))
    finally:
        text_page.close()


def _lines(text_page: pdfium.PdfTextPage) -> Iterator[Line]:
    text = _text_of(text_page)
    extra = 0  # UTF-16 units that the characters so far took beyond one each
    for found in _LINE.finditer(text):
        stripped = found[1].lstrip(" ")
        if stripped.strip():
            start = found.end(1) - len(stripped) + extra
            line = _line(text_page, stripped, start)
            yield replace(line, text=line.text + "-") if found[2] == _HYPHEN_MARK else line
        extra += _units(found[1]) - len(found[1])


def _units(text: str) -> int:
    """Return how many UTF-16 units ``text`` takes, by which PDFium counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "replace")) // 2


def _text_of(text_page: pdfium.PdfTextPage) -> str:
    count = text_page.count_chars()
    if count <= 0:
        return ""
    # A character may take two units, and the end of the text one more.
    units = (ctypes.c_ushort * (2 * count + 1))()
    written = raw.FPDFText_GetText(text_page, 0, count, units)
    return bytes(memoryview(units)[: max(0, written - 1)]).decode("utf-16-le", "replace")


def _line(text_page: pdfium.PdfTextPage, text: str, start: int) -> Line:
    first = raw.FPDFText_GetCharIndexFromTextIndex(text_page, start)
    last = raw.FPDFText_GetCharIndexFromTextIndex(text_page, start + _units(text.rstrip()) - 1)
    turn = round(raw.FPDFText_GetCharAngle(text_page, first) / _QUARTER) % 4
    begin, end = _letter(text_page, first, turn), _letter(text_page, last, turn)
    size = max(begin.size, end.size)
    stretches = [] if turn else _stretches(text_page, first, last, size)
    return Line(
        text=in_reading_direction(text, lambda at: _letter(text_page, first + at, turn).left),
        left=min(begin.left, end.left),
        right=max(begin.right, end.right),
        bottom=min(begin.bottom, end.bottom),
        size=round(size, 1),
        is_bold=_is_bold(text_page, first) and _is_bold(text_page, last),
        turn=turn,
        gap=_gap(text_page, stretches, first, last) if len(stretches) == 2 else None,
        widest_gap=max((right[0] - left[1] for left, right in pairwise(stretches)), default=0.0),
    )


def _letter(text_page: pdfium.PdfTextPage, index: int, turn: int = 0) -> _Letter:
    box, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetLooseCharBox(text_page, index, box)
    raw.FPDFText_GetCharOrigin(text_page, index, x, y)
    raw.FPDFText_GetMatrix(text_page, index, matrix)
    left, right, bottom, top, base = box.left, box.right, box.bottom, box.top, y.value
    if turn:
        base = (y.value, x.value, -y.value, -x.value)[turn]
    for _ in range(turn):
        left, right, bottom, top = -top, -bottom, left, right
    scale = math.hypot(matrix.c, matrix.d)
    size = raw.FPDFText_GetFontSize(text_page, index) * scale
    return _Letter(left=left, right=right, bottom=base, size=size)


def _is_bold(text_page: pdfium.PdfTextPage, index: int) -> bool:
    # What fonts say of their weight in numbers is made up too often; their names can be relied on.
    name = ctypes.create_string_buffer(_NAME_BYTES)
    raw.FPDFText_GetFontInfo(text_page, index, name, _NAME_BYTES, None)
    return _BOLD_NAME.search(name.value) is not None


def _stretches(
    text_page: pdfium.PdfTextPage, first: int, last: int, size: float
) -> list[tuple[float, float]]:
    """Return the stretches of a line between which there is much space, from left to right."""
    count = raw.FPDFText_CountRects(text_page, first, last - first + 1)
    left, top, right, bottom = (ctypes.c_double() for _ in range(4))
    stretches: list[tuple[float, float]] = []
    for number in range(count):
        raw.FPDFText_GetRect(text_page, number, left, top, right, bottom)
        if stretches and left.value - stretches[-1][1] < size * _GAP_EMS:
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], right.value))
        else:
            stretches.append((left.value, right.value))
    return stretches


def _gap(
    text_page: pdfium.PdfTextPage, stretches: list[tuple[float, float]], first: int, last: int
) -> Gap | None:
    (_, left), (right, _) = stretches
    if right <= left:
        return None
    middle = (left + right) / 2
    index = bisect_left(
        range(last - first + 1), middle, key=lambda at: _letter(text_page, first + at).left
    )
    return Gap(left=left, right=right, index=index)
