"""Which sentences of the documents an answer rests on, found by the words that they share.

An answer carries the numbers of passages, `[n]`, behind its statements. For each passage that it
names, the sentence of it is chosen that supports the statement best: one that is repeated word
for word, else the one whose words, weighed by how rare they are, are nearest (a cosine, 0 to 1).
"""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Final

MOST_QUOTE_CHARACTERS: Final = 300
# An answer without a marker is taken to rest on passages that share so much with it.
LEAST_LIKENESS: Final = 0.25
MOST_UNMARKED: Final = 2

_FOREMOST: Final = 0.7
_STEM: Final = 6
_SHORTEST_REPEATED: Final = 12
_MARKER: Final = re.compile(r"\[(\d{1,2})\]")
_UNSPACED: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]"
)
_BOUNDARY: Final = re.compile(
    r"(?<=[.!?…؟।])[\"'”’»)\]*]*\s+|(?<=[。！？])[」』】）]*|\s*\n\s*\n\s*|\s*\n\s*(?![a-zß-ÿ])"
)
_MARKUP: Final = " \t\n>*_#-\"'“”„«»"


@dataclass(frozen=True, slots=True)
class Text:
    """A passage that may be cited: its number, and its text as the document has it."""

    n: int
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A stretch of a passage's text that supports the answer, at most 300 characters long."""

    n: int
    start: int
    end: int
    likeness: float


def quotes(answer: str, passages: Sequence[Text]) -> list[Quote]:
    """One quote for each passage that the answer names, by number.

    An answer that names none is given the passages that it shares most with, if any.
    """
    by_number = {passage.n: passage for passage in passages}
    supported = _statements_by_marker(answer, by_number)
    weights = _Weights(passages)
    if supported:
        return [
            _foremost([_quote(by_number[n], statement, weights) for statement in statements])
            for n, statements in sorted(supported.items())
        ]
    found = sorted(
        (_quote(passage, answer, weights) for passage in passages), key=lambda one: -one.likeness
    )
    alike = [quote for quote in found[:MOST_UNMARKED] if quote.likeness >= LEAST_LIKENESS]
    return sorted(alike, key=lambda quote: quote.n)


def _statements_by_marker(answer: str, known: Mapping[int, Text]) -> dict[int, list[str]]:
    """What each passage is named for: the sentences that its marker stands in or right behind."""
    text = _MARKER.sub(lambda marker: " " * len(marker[0]), answer)
    sentences = list(_sentences(text))
    ends = [end for _, end in sentences]
    statements: dict[int, dict[str, None]] = {}
    for marker in _MARKER.finditer(answer):
        behind = len(text[: marker.start()].rstrip())
        if int(marker[1]) in known and sentences:
            start, end = sentences[min(bisect_left(ends, behind), len(ends) - 1)]
            statements.setdefault(int(marker[1]), {})[text[start:end]] = None
    return {n: list(named) for n, named in statements.items()}


def _foremost(found: Sequence[Quote]) -> Quote:
    """What an answer names a passage for first weighs most, unless it is hardly found there."""
    least = _FOREMOST * max(quote.likeness for quote in found)
    return next(quote for quote in found if quote.likeness >= least)


class _Weights:
    """How much a word tells: the rarer it is among the sentences at hand, the more."""

    def __init__(self, passages: Sequence[Text]) -> None:
        sentences = [
            set(_words(passage.text[start:end]))
            for passage in passages
            for start, end in _sentences(passage.text)
        ]
        self._count = len(sentences)
        self._found_in = Counter(word for sentence in sentences for word in sentence)

    def of(self, word: str) -> float:
        """Short words say little in any language, figures much."""
        rarity = log(1 + self._count / (1 + self._found_in[word]))
        return rarity if word.isdecimal() else rarity * len(word) / _STEM

    def squared(self, words: Iterable[str]) -> float:
        return sum(self.of(word) ** 2 for word in words)

    def likeness(self, one: set[str], other: set[str]) -> float:
        """The cosine of two sets of words, 0 to 1."""
        shared = self.squared(one & other)
        return shared and shared / sqrt(self.squared(one) * self.squared(other))


def _quote(passage: Text, statement: str, weights: _Weights) -> Quote:
    repeated = _repeated(passage.text, statement)
    if repeated:
        return Quote(passage.n, repeated.start(), _cut(passage.text, *repeated.span()), 1.0)
    words = set(_words(statement))
    sentences = list(_sentences(passage.text))
    if not sentences:
        return Quote(passage.n, 0, 0, 0.0)

    def likeness(start: int, end: int) -> float:
        return weights.likeness(words, set(_words(passage.text[start:end])))

    best = max(range(len(sentences)), key=lambda at: likeness(*sentences[at]))
    start, end = sentences[best]
    score = likeness(start, end)
    for other_start, other_end in _beside(sentences, best):
        wider = min(start, other_start), max(end, other_end)
        if wider[1] - wider[0] <= MOST_QUOTE_CHARACTERS and likeness(*wider) > score:
            (start, end), score = wider, likeness(*wider)
    return Quote(passage.n, start, end, score)


def _beside(sentences: Sequence[tuple[int, int]], at: int) -> list[tuple[int, int]]:
    return [*sentences[at + 1 : at + 2], *sentences[max(0, at - 1) : at]]


def _repeated(text: str, statement: str) -> re.Match[str] | None:
    """Where the statement stands in the text word for word; white space may differ."""
    words = statement.strip(_MARKUP).split()
    if len(" ".join(words)) < _SHORTEST_REPEATED:
        return None
    return re.search(r"\s+".join(map(re.escape, words)), text)


def _cut(text: str, start: int, end: int) -> int:
    """The end, or an earlier one between two words if that is too far."""
    if end - start <= MOST_QUOTE_CHARACTERS:
        return end
    limit = start + MOST_QUOTE_CHARACTERS
    space = max(text.rfind(" ", start, limit), text.rfind("\n", start, limit))
    return space if space > start + MOST_QUOTE_CHARACTERS // 2 else limit


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each sentence or line; what is longer than a quote comes in parts."""
    boundaries = [boundary.span() for boundary in _BOUNDARY.finditer(text)]
    starts = [0, *(end for _, end in boundaries)]
    ends = [*(start for start, _ in boundaries), len(text)]
    for start, end in zip(starts, ends, strict=True):
        part = text[start:end]
        start, end = end - len(part.lstrip()), start + len(part.rstrip())
        while start < end:
            cut = _cut(text, start, end)
            yield start, cut
            start = cut + len(text[cut:end]) - len(text[cut:end].lstrip())


def _words(text: str) -> Iterator[str]:
    """Words as they are compared: folded, cut to a stem; pairs of letters where no spaces are.

    Marks count as letters: without its vowel signs, a word of Hindi is another.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = (
        letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else " "
        for letter in folded
    )
    for word in "".join(letters).split():
        if _UNSPACED.search(word):
            yield from (word[at : at + 2] for at in range(max(1, len(word) - 1)))
        else:
            yield word[:_STEM].rstrip("s") if len(word) > 3 else word
