"""What a page hides from its reader, and what it only folds away until somebody clicks."""

from __future__ import annotations

import re
from typing import Protocol


class Attributes(Protocol):
    """The attributes of an element, whichever parser read it."""

    def get(self, name: str) -> str | None:
        """Return the value of an attribute, or None."""
        ...


_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# What opens when one clicks: its text is for the reader, only not at once.
_FOLDED = re.compile(r"accord|collaps|faq|answer|toggle|tab|panel|expand|spoiler", re.IGNORECASE)
_POINTING = re.compile(
    r"""\b(?:aria-controls|aria-owns|data-(?:bs-)?target|for|href\s*=\s*["']?(?=\#))"""
    r"""[\s="'\#]{0,9}([\w:.-]{1,200})""",
    re.IGNORECASE,
)


def is_hidden(element: Attributes) -> bool:
    """Tell whether its own attributes hide an element; a search on the page may still find it."""
    hidden = element.get("hidden")
    if hidden is not None and hidden.lower() != "until-found":
        return True
    return bool(_HIDING.search(element.get("style") or ""))


def is_named_folded(element: Attributes) -> bool:
    """Tell whether its makers call an element something that opens when one clicks."""
    name = f"{element.get('class') or ''} {element.get('role') or ''}"
    return bool(_FOLDED.search(name))


def pointed_in(page: str) -> frozenset[str]:
    """Return the ids that controls and links on ``page`` point at, which may open those."""
    return frozenset(_POINTING.findall(page))
