"""Words that are written from right to left, and that PDFium gives from left to right."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby

_WORD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]{2,}")


def in_reading_direction(text: str, left_of: Callable[[int], float]) -> str:
    """Return ``text`` with each Hebrew or Arabic word in the order in which it is read.

    ``left_of`` tells how far to the left the letter with an index in ``text`` stands. The words
    themselves are in order; letters of one ligature stand at one place, and in order too.
    """
    if text.isascii():
        return text
    return _WORD.sub(lambda found: _word(found, left_of), text)


def _word(found: re.Match[str], left_of: Callable[[int], float]) -> str:
    if left_of(found.start()) >= left_of(found.end() - 1):
        return found[0]
    places = [left_of(at) for at in range(found.start(), found.end())]
    letters = groupby(zip(places, found[0], strict=True), key=lambda pair: pair[0])
    units = ["".join(letter for _, letter in group) for _, group in letters]
    return "".join(reversed(units))
