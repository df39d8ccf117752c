"""Whether pieces hold all of a text, and a text all of what is looked for."""

import unicodedata
from collections.abc import Sequence

from knowledge.ingestion.texts import Piece

LONGEST_REPEATED = 400


def visible(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())


def covers(pieces: Sequence[Piece], whole: str) -> bool:
    """Whether ``pieces``, each of which may begin with the end of the one before, make it up."""
    whole = visible(whole)
    reached = {0}
    for piece in pieces:
        text = visible(piece.text)
        reached = {
            start + len(text)
            for done in reached
            for start in range(max(0, done - LONGEST_REPEATED), done + 1)
            if whole.startswith(text, start)
        }
    return len(whole) in reached


def compact(text: str) -> str:
    """Letters and digits alone: how a page is set makes no difference."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(letter for letter in folded if letter.isalnum())
