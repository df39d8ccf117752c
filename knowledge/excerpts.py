"""The sentence of a chunk that a question comes nearest to, by the words that both have."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Final

AROUND_CHARACTERS: Final = 160

_STEM: Final = 6
_MARKUP: Final = " \t>*-|"
_HEADING_MARK: Final = re.compile(r"(?m)^#{1,6} +")
_WORD: Final = re.compile(r"[\w\u0300-\u036f\u0900-\u0dff]+")
# Scripts that are written without spaces are compared two characters at a time.
_UNSPACED: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+"
)
_SENTENCE: Final = re.compile(
    r"(?:[^.!?…؟।。！？\n]|[.!?…؟।](?!\s|$))+[.!?…؟।。！？]*[\"'”’»)」』】）]*"
)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A chunk in three parts, the middle one being its nearest sentence, or empty if none is near.

    `lead`, `quote` and `trail` are the same in one paragraph, without the marks of headings, and
    cut to what a list has room for.
    """

    before: str
    sentence: str
    after: str

    @property
    def lead(self) -> str:
        text = _in_one_line(self.before)
        if len(text) <= AROUND_CHARACTERS:
            return text
        return "…" + text[-AROUND_CHARACTERS:].partition(" ")[2]

    @property
    def quote(self) -> str:
        return _in_one_line(self.sentence)

    @property
    def trail(self) -> str:
        room = AROUND_CHARACTERS if self.sentence else 2 * AROUND_CHARACTERS
        text = _in_one_line(self.after)
        return text if len(text) <= room else text[:room].rpartition(" ")[0] + "…"


def excerpt(text: str, question: str) -> Excerpt:
    """The text around the sentence that shares most with the question, rare words above all.

    A heading is no sentence: it says what follows it is about.
    """
    wanted = set(_stems(question))
    found = [each.span() for each in _SENTENCE.finditer(text)]
    sentences = [(start, end) for start, end in found if not text.startswith("#", start)]
    stems = [Counter(_stems(text[start:end])) for start, end in sentences]
    frequency = Counter(stem for each in stems for stem in each)
    scores = [_score(each, wanted, frequency) for each in stems]
    if not any(scores):
        return Excerpt("", "", text)
    start, end = sentences[scores.index(max(scores))]
    start += len(text[start:end]) - len(text[start:end].lstrip(_MARKUP))
    return Excerpt(text[:start], text[start:end], text[end:])


def _in_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", _HEADING_MARK.sub("", text))


def _score(stems: Counter[str], wanted: set[str], frequency: Counter[str]) -> float:
    shared = sum(1 / frequency[stem] for stem in wanted if stem in stems)
    return shared / sqrt(max(stems.total(), 4))


def _stems(text: str) -> Iterator[str]:
    folded = unicodedata.normalize("NFKC", text).casefold()
    for word in _WORD.findall(_UNSPACED.sub(" ", folded)):
        if len(word) > 2 or word.isdecimal():
            yield word[:_STEM]
    for run in _UNSPACED.findall(folded):
        yield from (run[at : at + 2] for at in range(max(len(run) - 1, 1)))
