"""Rich text: its paragraphs, and its tables row by row."""

from __future__ import annotations

import re

from striprtf.striprtf import rtf_to_text

from knowledge.ingestion.extractors.cleaning import clean, one_line
from knowledge.ingestion.extractors.containers import damaged
from knowledge.ingestion.extractors.sections import Outline, table_row
from knowledge.ingestion.texts import ExtractedText

_CELL_END = "|"
# Pictures and objects as figures: nothing to read, and the library goes through it sign by sign.
_FIGURES = re.compile(r"(?:[0-9a-fA-F]{2}[\r\n]*+){128,}+")
_HOLDS_BYTES = re.compile(r"\\bin\d")
# The library looks for the end of a link from each beginning on, which may take minutes. Under the
# name of another part that is not shown either, a link's text stays, and only its address goes.
# Footnotes it leaves out, but not what has a name that it does not know. All of these have as many
# letters as before, because stretches of bytes are skipped by their length.
_RENAMED = {r"\fldinst": r"\fldtype", r"{\footnote": r" {\footnot"}


def extract(data: bytes) -> ExtractedText:
    """Return the text of a rich text file. Raises Unreadable ("damaged")."""
    try:
        # The library has no types.
        text = rtf_to_text(_prepared(data), errors="replace")  # type: ignore[no-untyped-call]
    except (ValueError, LookupError, TypeError, OverflowError) as error:
        raise damaged() from error
    outline = Outline()
    rows: list[str] = []
    for line in clean(_whole_characters(text)).split("\n"):
        if line.rstrip().endswith(_CELL_END):
            rows.append(table_row([one_line(cell) for cell in line.rstrip()[:-1].split(_CELL_END)]))
            continue
        outline.add_block("\n".join(rows))
        rows = []
        outline.add_block(line.rstrip())
    outline.add_block("\n".join(rows))
    return ExtractedText(title="", sections=outline.finish(), page_count=None)


def _prepared(data: bytes) -> str:
    text = data.decode("latin-1")
    if not _HOLDS_BYTES.search(text):
        text = _FIGURES.sub("", text)
    for name, other in _RENAMED.items():
        text = text.replace(name, other)
    return text


def _whole_characters(text: str) -> str:
    """Put halves of characters together: the file gives those past 65,535 as two numbers."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
