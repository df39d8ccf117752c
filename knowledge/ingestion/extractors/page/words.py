"""The words of a page that are its main text, by the guess of a library."""

from __future__ import annotations

import logging
import unicodedata
from copy import deepcopy

from lxml.html import HtmlElement

_SPEAKING = ("trafilatura", "htmldate", "courlan", "justext")


def main_words(tree: HtmlElement) -> str:
    """Return the main text of a page, compact; "" where none is found. The tree stays as it is."""
    from trafilatura import extract  # it takes 0.2 s to load

    for name in _SPEAKING:  # what they would log quotes the page
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        text = extract(deepcopy(tree), include_comments=False, include_tables=True)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever a strange page does to it: then ours reads it whole
        return ""
    return compact(text or "")


def compact(text: str) -> str:
    """Return the letters and digits of ``text``: how it is set makes no difference."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(letter for letter in folded if letter.isalnum())
