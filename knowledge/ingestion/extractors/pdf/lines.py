"""The lines of a PDF page: their text, where they stand, how large and how bold they are."""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pypdfium2 as pdfium
import pypdfium2.raw as raw

# PDFium writes this noncharacter where a word was hyphenated, and no line end after it.
_HYPHEN_MARK = "\ufffe"
_LINE = re.compile(r"([^\r\n\ufffe]*)(\r\n|\ufffe|\r|\n|$)")
_ENDS_IN_HYPHEN = re.compile(r"[^\W\d_]-$")
_GAP_EMS = 1.2
_BOLD, _REGULAR = 700, 400
_NAME_BYTES = 128


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

    ``size`` is the height of its letters, ``weight`` 400 for regular and 700 for bold type (of the
    lighter of its ends). ``text`` keeps a space at its end if the file has one there, and the
    hyphen of a word that goes on in the next line.
    """

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    weight: int
    gap: Gap | None
    segment_count: int

    @property
    def is_hyphenated(self) -> bool:
        """Whether the line ends inside a word, or between the parts of a compound."""
        return _ENDS_IN_HYPHEN.search(self.text) is not None


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    right: float
    bottom: float
    top: float


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
        if not found[1].isascii():
            extra += sum(letter > "\uffff" for letter in found[1])


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
    last = raw.FPDFText_GetCharIndexFromTextIndex(text_page, start + len(text.rstrip()) - 1)
    begin, end = _box(text_page, first), _box(text_page, last)
    size = max(begin.top - begin.bottom, end.top - end.bottom)
    segments = _segments(text_page, first, last, size)
    gap = _gap(text_page, segments, first, last) if len(segments) == 2 else None
    return Line(
        text=text,
        left=min(begin.left, end.left),
        right=max(begin.right, end.right),
        bottom=min(begin.bottom, end.bottom),
        top=max(begin.top, end.top),
        size=round(size, 1),
        weight=min(_weight(text_page, first), _weight(text_page, last)),
        gap=gap,
        segment_count=len(segments),
    )


def _box(text_page: pdfium.PdfTextPage, index: int) -> _Box:
    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text_page, index, box)
    return _Box(left=box.left, right=box.right, bottom=box.bottom, top=box.top)


def _weight(text_page: pdfium.PdfTextPage, index: int) -> int:
    weight: int = raw.FPDFText_GetFontWeight(text_page, index)
    if weight > 0:
        return weight
    # The standard fonts have no descriptor, only a name.
    name = ctypes.create_string_buffer(_NAME_BYTES)
    raw.FPDFText_GetFontInfo(text_page, index, name, _NAME_BYTES, None)
    return _BOLD if b"bold" in name.value.lower() else _REGULAR


def _segments(
    text_page: pdfium.PdfTextPage, first: int, last: int, size: float
) -> list[tuple[float, float]]:
    """Return the stretches of a line between which there is much space, from left to right."""
    count = raw.FPDFText_CountRects(text_page, first, last - first + 1)
    left, top, right, bottom = (ctypes.c_double() for _ in range(4))
    segments: list[tuple[float, float]] = []
    for number in range(count):
        raw.FPDFText_GetRect(text_page, number, left, top, right, bottom)
        if segments and left.value - segments[-1][1] < size * _GAP_EMS:
            segments[-1] = (segments[-1][0], max(segments[-1][1], right.value))
        else:
            segments.append((left.value, right.value))
    return segments


def _gap(
    text_page: pdfium.PdfTextPage, segments: list[tuple[float, float]], first: int, last: int
) -> Gap | None:
    (_, left), (right, _) = segments
    if right <= left:
        return None
    middle = (left + right) / 2
    index = bisect_left(
        range(last - first + 1), middle, key=lambda at: _box(text_page, first + at).left
    )
    return Gap(left=left, right=right, index=index)
