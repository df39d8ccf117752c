"""A name for a document, if what it calls itself is one."""

from __future__ import annotations

import re

from knowledge.ingestion.extractors.cleaning import clean, one_line

LONGEST_TITLE = 200

# What writing programs leave in the metadata when nobody gave a title; or they put a file's name.
_PLACEHOLDER = re.compile(
    r"\(?(untitled|anonymous|unknown|document|title|no title|microsoft word|presentation|slide|pdf|"
    r"powerpoint presentation|contents|table of contents)\)?\s*\d*",
    re.IGNORECASE,
)
_FILE_ENDING = re.compile(
    r"\.(docx?|pptx?|xlsx?|odt|pdf|dvi|tex|html?|txt|indd|qxd|rtf|pages)$", re.IGNORECASE
)


def usable_title(candidate: str) -> str:
    """Return ``candidate`` as one line of at most 200 characters, or "" if it names nothing."""
    title = one_line(clean(candidate))
    if _PLACEHOLDER.fullmatch(title) or _FILE_ENDING.search(title):
        return ""
    if not any(letter.isalpha() for letter in title):
        return ""
    return title if len(title) <= LONGEST_TITLE else title[:LONGEST_TITLE].rstrip() + "…"
