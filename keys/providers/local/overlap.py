"""How much of a question's wording a statement repeats, in any script."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

# Words are compared by their beginnings, a stemmer for all languages that inflect at the end.
STEM_LENGTH: Final = 6

# \w alone would break words of Indic scripts at their vowel signs.
_WORD: Final = re.compile(r"[\w\u0900-\u0dff\u0e00-\u0e7f\u200c\u200d]+")
_UNSPACED: Final = re.compile(r"[\u0e00-\u0e7f\u2e80-\u9fff\uac00-\ud7af]")
_COMMON_WORDS: Final = """
a about also am an and any are as at be been but by can could did do does for from had has have
he her his how i if in into is it its me my no not of on or our she should so than that the
their them then there these they this those to was we were what when where which who whom whose
why will with would you your als auch auf aus bei das dem den der des die ein eine einem einen
einer eines er es für hat haben ich ihr im ist kann man mein mit nach nicht oder sich sie sind
und von war wann warum welche welcher welches wenn wer werden wie wird wo wurde zu zum zur al
como con cuando cuál cuándo cómo de del dónde el en está la las lo los más mi o para pero por
qué que quién se ser si sin son su sus un una y au aux avec ce ces comment dans du elle est et
il je le les leur mais ne nous ou où par pas pour pourquoi quand quel quelle qui sa ses sur une
vous
"""
_COMMON: Final = frozenset(_COMMON_WORDS.split())


def overlaps(question: str, texts: Sequence[str]) -> list[float]:
    """For each text the share (0 to 1) of the question's words that are in it.

    A word that stands in few of the texts weighs more. All 0 for a question of common words only.
    """
    asked = stems(question)
    found = [stems(text) & asked for text in texts]
    spread = Counter(stem for stems_found in found for stem in stems_found)
    weights = {stem: math.log((len(texts) + 1) / (spread[stem] + 1)) + 0.1 for stem in asked}
    total = sum(weights.values()) or 1.0
    return [sum(weights[stem] for stem in stems_found) / total for stems_found in found]


def stems(text: str) -> set[str]:
    """The distinct words of a text but the common ones; of unspaced scripts, pairs of letters."""
    result: set[str] = set()
    for word in _WORD.findall(text.lower()):
        if _UNSPACED.search(word):
            result.update(word[start : start + 2] for start in range(max(1, len(word) - 1)))
        elif word not in _COMMON:
            result.add(word[:STEM_LENGTH])
    return result
