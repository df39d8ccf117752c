"""Vectors with the structure of embeddings: topics, few true dimensions, a little noise."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

TRUE_DIMENSIONS: Final = 48
TOPICS: Final = 300
SPREAD: Final = 0.6  # of a topic, the topics themselves being 1 apart
NOISE: Final = 0.05
NEARNESS: Final = 0.3  # how far a question lies from the passage it is about


@dataclass(slots=True)
class Space:
    """One embedding model's space. The same seed gives the same vectors."""

    dimensions: int
    seed: int = 7
    chance: np.random.Generator = field(init=False)
    topics: Vectors = field(init=False)
    lift: Vectors = field(init=False)

    def __post_init__(self) -> None:
        self.chance = np.random.default_rng(self.seed)
        self.topics = self._normal(TOPICS, TRUE_DIMENSIONS)
        self.lift = self._normal(TRUE_DIMENSIONS, self.dimensions) / np.float32(
            np.sqrt(TRUE_DIMENSIONS)
        )

    def passages(self, count: int) -> Vectors:
        """So many unit vectors, a row each."""
        topics = self.topics[self.chance.integers(0, TOPICS, count)]
        return self._lifted(topics + np.float32(SPREAD) * self._normal(count, TRUE_DIMENSIONS))

    def questions(self, passages: Vectors, count: int) -> Vectors:
        """Unit vectors that lie near some of the passages, a row each."""
        about = passages[self.chance.integers(0, len(passages), count)]
        away = self._lifted(self._normal(count, TRUE_DIMENSIONS))
        return _unit(about + np.float32(NEARNESS) * away)

    def _lifted(self, true: Vectors) -> Vectors:
        noise = self._normal(len(true), self.dimensions)
        return _unit(true @ self.lift + np.float32(NOISE) * noise)

    def _normal(self, rows: int, columns: int) -> Vectors:
        return self.chance.standard_normal((rows, columns), np.float32)


def as_stored(passages: Vectors) -> Vectors:
    """The vectors as the database has them, in half precision, at length 1 again."""
    return _unit(passages.astype(np.float16).astype(np.float32))


def nearest_rows(stored: Vectors, question: Vectors, count: int) -> set[int]:
    """The numbers of the nearest rows, found by looking at all of them."""
    return set(np.argpartition(-(stored @ question), count)[:count].tolist())


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit
