"""How much words and vectors decide, by what each side looks like."""

import numpy as np
import pytest

from knowledge.words.fusion import fused, words_share

FLAT = [0.62 - 0.001 * place for place in range(50)]
STEEP = [0.8 / (1 + place) for place in range(50)]


def test_share_without_a_word_in_common() -> None:
    assert words_share(FLAT, [], rarity=0.5, coverage=0.0) == 0.0


def test_share_without_vectors() -> None:
    assert words_share([], [3.0], rarity=0.5, coverage=0.5) == 1.0


def test_share_where_each_side_stands_out() -> None:
    words = words_share(FLAT, [20 * each for each in STEEP], rarity=0.9, coverage=0.5)
    vectors = words_share(STEEP, [20 + each for each in FLAT], rarity=0.3, coverage=0.5)
    assert (words > 0.8, vectors < 0.2) == (True, True)


def test_scores_of_both_sides_together() -> None:
    scores = fused(
        np.array([0.6, 0.4]), np.array([0.0, 8.0]), nearest=[0.6, 0.4], best=[8.0], share=0.25
    )
    assert scores.tolist() == pytest.approx([0.75, 0.25], abs=1e-6)
