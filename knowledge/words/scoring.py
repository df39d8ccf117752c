"""What the words of a question are worth in each chunk: BM25 (Robertson and Zaragoza, 2009).

Pure: no Django.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from .entries import ENTRY

SATURATION: Final = 1.2
LENGTH_SHARE: Final = 0.75
_STRIDE: Final = np.uint64(0x9E3779B97F4A7C15)
_DOCUMENT: Final = np.dtype([("high", ">u8"), ("low", ">u8")])

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Word:
    """Where one word of a question stands: documents' ids (16 bytes each), how many entries each
    has (4 bytes, big-endian), and all their entries, in the same order."""

    documents: bytes
    counts: bytes
    entries: bytes


@dataclass(frozen=True, slots=True)
class Matches:
    """Chunks that have words of a question, the best first: (document, ordinal) and BM25 each.

    `rarity` is the mean inverse frequency of the question's words, as a part of the greatest
    that there is: 0 for words that are everywhere, 1 for words that are nowhere. `coverage` is
    how much of all that the question's words could be worth the best chunk has, 0 to 1.
    """

    places: tuple[tuple[UUID, int], ...]
    scores: Floats
    rarity: float
    coverage: float


NONE: Final = Matches((), np.empty(0), 0.0, 0.0)


def score(
    words: Sequence[Word], *, asked_count: int, chunk_count: int, word_count: int, most: int
) -> Matches:
    """The best `most` chunks of a project that has so many chunks, of so many words together.

    `asked_count` is how many words the question has, those that stand nowhere included.
    """
    if not words:
        return Matches((), np.empty(0), 1.0, 0.0)
    usual_length = max(word_count / max(chunk_count, 1), 1.0)
    documents, ordinals, gains, rarities = [], [], [], []
    for word in words:
        entries = np.frombuffer(word.entries, ENTRY)
        counts = np.frombuffer(word.counts, ">i4")
        documents.append(np.repeat(np.frombuffer(word.documents, _DOCUMENT), counts))
        ordinals.append(entries["ordinal"].astype(np.uint64))
        rarity = _rarity(len(entries), chunk_count)
        rarities.append(rarity)
        gains.append(rarity * _gain(entries, usual_length))
    found = np.concatenate(documents), np.concatenate(ordinals)
    worth = sum(rarities) + (asked_count - len(words)) * _rarity(0, chunk_count)
    rarity = worth / (max(asked_count, 1) * math.log(chunk_count + 2))
    places, scores = _best(*found, np.concatenate(gains), most)
    coverage = float(scores[0]) / (worth * (SATURATION + 1))
    return Matches(places, scores, rarity, coverage)


def _rarity(frequency: int, count: int) -> float:
    count = max(count, frequency)
    return float(np.log1p((count - frequency + 0.5) / (frequency + 0.5)))


def _gain(entries: npt.NDArray[np.void], usual_length: float) -> Floats:
    frequency = entries["frequency"].astype(np.float64)
    length = 1 - LENGTH_SHARE + LENGTH_SHARE * entries["length"] / usual_length
    gain: Floats = frequency * (SATURATION + 1) / (frequency + SATURATION * length)
    return gain


def _best(
    documents: npt.NDArray[np.void],
    ordinals: npt.NDArray[np.uint64],
    gains: Floats,
    most: int,
) -> tuple[tuple[tuple[UUID, int], ...], Floats]:
    keys = documents["low"].astype(np.uint64) ^ (ordinals * _STRIDE)
    _, firsts, inverse = np.unique(keys, return_index=True, return_inverse=True)
    scores: Floats = np.bincount(inverse, weights=gains).astype(np.float64)
    best = np.argsort(-scores, kind="stable")[:most]
    ids = documents[firsts[best]].astype(_DOCUMENT)  # as sent: NumPy turns bytes on the way
    places = tuple(
        (UUID(bytes=id_.tobytes()), int(ordinal))
        for id_, ordinal in zip(ids, ordinals[firsts[best]], strict=True)
    )
    return places, scores[best]
