"""How much words and how much vectors decide on one question. Pure: no Django.

Each side's scores are brought to 0 (its last candidate; nothing in common) to 1 (its best). The
share of words is told by how the two sides look: words that part the best from the tenth are
trusted, and so are rare ones; vectors are, where their best stand out. Learned on question sets
in several languages (docs/decisions/0006).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

TENTH: Final = 9
# What each sign of trust weighs, in the order of the signs below.
_WEIGHTS: Final = np.array([-3.96, -4.85, 1.54, 0.65, 0.91, 0.85, 0.83, -0.68])
_LEAST: Final = 1e-9

Floats = npt.NDArray[np.float64]


def words_share(
    nearest: Sequence[float], best: Sequence[float], *, rarity: float, coverage: float
) -> float:
    """The share of words in the score, 0 to 1.

    `nearest` are cosines and `best` are BM25 scores, both falling; `rarity` is the question's,
    `coverage` how much of it the best chunk has. Without a word in common words have no share.
    """
    if not len(best):
        return 0.0
    if not len(nearest):
        return 1.0
    near = nearest[0] - nearest[min(TENTH, len(nearest) - 1)]
    far = nearest[0] - nearest[-1]
    words = 1 - best[min(TENTH, len(best) - 1)] / best[0]
    signs = np.array([near, far, words, rarity, 1.0, words * rarity, words * far, coverage])
    return float(1 / (1 + np.exp(-(signs @ _WEIGHTS))))


def fused(
    cosines: Floats, gains: Floats, *, nearest: Sequence[float], best: Sequence[float], share: float
) -> Floats:
    """One score a candidate, from its cosine and its BM25 (0 where it has no word)."""
    if not len(best):
        return cosines
    if not len(nearest):
        return gains
    scale = nearest[0] - nearest[-1] + _LEAST
    meaning = (cosines - nearest[-1]) / scale
    together: Floats = (1 - share) * meaning + share * gains / best[0]
    return together
