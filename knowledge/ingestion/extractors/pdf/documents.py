"""Opening a PDF, and what can be said of it as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from knowledge.ingestion.texts import Unreadable

MOST_PAGES = 10_000
_LOOKED_AT = 20
_PICTURE_SHARE = 0.5  # of a page; what covers more is the page, photographed
_DRAWN = (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING)


@contextmanager
def open_document(data: bytes) -> Iterator[pdfium.PdfDocument]:
    """Open a PDF, its form included. Raises Unreadable: "encrypted" or "damaged"."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise _refusal(error) from error
    try:
        if document.get_formtype() != raw.FORMTYPE_NONE:
            document.init_forms()
        yield document
    finally:
        document.close()


def count_pages(document: pdfium.PdfDocument) -> int:
    """Return the number of pages. Raises Unreadable when there are none or too many."""
    count = len(document)
    if count == 0:
        raise Unreadable("empty", "This PDF has no pages. Upload one that has text in it.")
    if count > MOST_PAGES:
        raise Unreadable(
            "oversized",
            f"This PDF has {count:,} pages, and at most {MOST_PAGES:,} can be read. "
            "Split it into parts, and upload those.",
        )
    return count


def has_drawings(document: pdfium.PdfDocument) -> bool:
    """Tell whether pictures or shapes stand on the first pages."""
    for number in range(min(len(document), _LOOKED_AT)):
        page = document[number]
        try:
            if any(True for _ in page.get_objects(filter=_DRAWN, max_depth=3)):
                return True
        finally:
            page.close()
    return False


def is_pictures(document: pdfium.PdfDocument) -> bool:
    """Tell whether a picture covers most of one of the first pages, as a scanner makes it."""
    for number in range(min(len(document), _LOOKED_AT)):
        page = document[number]
        try:
            if _is_picture(page):
                return True
        finally:
            page.close()
    return False


def _is_picture(page: pdfium.PdfPage) -> bool:
    left, bottom, right, top = page.get_bbox()
    least = (right - left) * (top - bottom) * _PICTURE_SHARE
    for picture in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
        x0, y0, x1, y1 = picture.get_bounds()
        width, height = min(x1, right) - max(x0, left), min(y1, top) - max(y0, bottom)
        if width > 0 and height > 0 and width * height >= least:
            return True
    return False


def _refusal(error: pdfium.PdfiumError) -> Unreadable:
    if error.err_code == raw.FPDF_ERR_PASSWORD:
        return Unreadable(
            "encrypted",
            "This PDF is protected with a password. Save a copy without one, and upload that.",
        )
    if error.err_code == raw.FPDF_ERR_SECURITY:
        return Unreadable(
            "encrypted",
            "This PDF is protected in a way that cannot be opened. Save a copy without protection, "
            "and upload that.",
        )
    return Unreadable(
        "damaged",
        "This PDF is damaged: it is cut off or changed. Export or download it again, and upload "
        "the new copy.",
    )
