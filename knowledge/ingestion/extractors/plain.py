"""Plain text: paragraphs are what empty lines part."""

from __future__ import annotations

import re

from knowledge.ingestion.extractors.cleaning import clean, strip_lines
from knowledge.ingestion.extractors.decoding import decode
from knowledge.ingestion.extractors.wrapping import margin, unwrap
from knowledge.ingestion.texts import ExtractedText, Section

_PARAGRAPH_END = re.compile(r"\n(?:[ \t]*\n)+")


def extract(data: bytes) -> ExtractedText:
    """Return the text as one section, its lines joined where they were broken at a margin."""
    text = strip_lines(clean(decode(data)))
    width = margin(text.splitlines())
    paragraphs = (unwrap(block.split("\n"), width) for block in _PARAGRAPH_END.split(text))
    section = Section(text="\n\n".join(paragraphs), page=None, heading="")
    return ExtractedText(title="", sections=(section,), page_count=None)
