"""PDF: page by page, with the numbers that a reader's program shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pypdfium2 as pdfium

from knowledge.ingestion.extractors.pdf.columns import in_reading_order
from knowledge.ingestion.extractors.pdf.documents import (
    count_pages,
    has_drawings,
    is_pictures,
    open_document,
)
from knowledge.ingestion.extractors.pdf.forms import read_fields
from knowledge.ingestion.extractors.pdf.hyphens import Vocabulary
from knowledge.ingestion.extractors.pdf.lines import read_lines
from knowledge.ingestion.extractors.pdf.paragraphs import Block, blocks, body_style
from knowledge.ingestion.extractors.pdf.running import Page, without_running_lines
from knowledge.ingestion.extractors.sections import marked_heading
from knowledge.ingestion.extractors.titles import usable_title
from knowledge.ingestion.texts import ExtractedText, Section, Unreadable

_LETTERS = re.compile(r"[^\W_]+")
_UNKNOWN = re.compile("[\0\ufffd\ue000-\uf8ff]+")
_FEWEST_LETTERS = 10  # a page; stamps and page numbers on scanned pages have fewer
_MOST_UNKNOWN = 0.3
_NUMBERED = re.compile(r"\d+(\.\d+)*\.?\s")
_MUCH_LARGER = 1.3
_HEADING_LEVEL = 2


def extract(data: bytes) -> ExtractedText:
    """Return the text of a PDF, a section for each heading on each page.

    Raises Unreadable: "encrypted", "damaged", "oversized", "scanned", "empty".
    """
    with open_document(data) as document:
        pages = [_read_page(document, number) for number in range(1, count_pages(document) + 1)]
        _check_text(document, pages)
        title = usable_title(document.get_metadata_value("Title"))
    kept = without_running_lines(pages)
    lines = [line for page in kept for line in page.lines]
    body, vocabulary = body_style(lines), Vocabulary(lines)
    laid_out = [(page, blocks(page.lines, body, vocabulary)) for page in kept]
    return ExtractedText(
        title=title or _first_heading(laid_out),
        sections=tuple(_sections(laid_out)),
        page_count=len(pages),
    )


def _read_page(document: pdfium.PdfDocument, number: int) -> Page:
    try:
        page = document[number - 1]
    except pdfium.PdfiumError as error:
        raise Unreadable(
            "damaged",
            f"Page {number} of this PDF is damaged. Open the document, print it to a new PDF, "
            "and upload that.",
        ) from error
    try:
        _, bottom, _, top = page.get_bbox()
        return Page(
            number=number,
            bottom=bottom,
            top=top,
            lines=tuple(in_reading_order(read_lines(page))),
            fields=tuple(read_fields(document, page)),
        )
    finally:
        page.close()


def _check_text(document: pdfium.PdfDocument, pages: Sequence[Page]) -> None:
    """Refuse a document that shows its readers what it does not hold as text."""
    letters, unknown = _count(_LETTERS, pages), _count(_UNKNOWN, pages)
    if unknown > (letters + unknown) * _MOST_UNKNOWN and unknown > _FEWEST_LETTERS:
        raise Unreadable(
            "damaged",
            "The letters of this PDF cannot be told apart, because its fonts do not say what they "
            "stand for. Export the document again from the program that it was written in.",
        )
    if letters >= _FEWEST_LETTERS * len(pages) or any(page.fields for page in pages):
        return
    if is_pictures(document) if letters else has_drawings(document):
        raise Unreadable(
            "scanned",
            "The pages of this PDF are pictures without text, as a scanner makes them. "
            "Run text recognition (OCR) on it, and upload the result.",
        )


def _count(letters: re.Pattern[str], pages: Sequence[Page]) -> int:
    return sum(
        len(run) for page in pages for line in page.lines for run in letters.findall(line.text)
    )


def _first_heading(laid_out: Sequence[tuple[Page, Sequence[Block]]]) -> str:
    """Return the first heading of a page, or the one on it that is much larger.

    The heading of a numbered section does not name the whole.
    """
    for _, found in laid_out:
        headings = [
            block for block in found if block.heading_size and not _NUMBERED.match(block.text)
        ]
        if headings:
            largest = max(headings, key=lambda block: block.heading_size)
            is_larger = largest.heading_size > headings[0].heading_size * _MUCH_LARGER
            return usable_title((largest if is_larger else headings[0]).text)
    return ""


def _sections(laid_out: Sequence[tuple[Page, Sequence[Block]]]) -> Iterator[Section]:
    heading = ""
    for page, found in laid_out:
        texts: list[str] = []
        for block in found:
            if block.heading_size:
                yield from _section(texts, page, heading)
                texts, heading = [marked_heading(_HEADING_LEVEL, block.text)], block.text
            else:
                texts.append(block.text)
        fields = ["\n".join(page.fields)] if page.fields else []
        yield from _section([*texts, *fields], page, heading)


def _section(texts: Sequence[str], page: Page, heading: str) -> Iterator[Section]:
    if texts:
        yield Section(text="\n\n".join(texts), page=page.number, heading=heading)
