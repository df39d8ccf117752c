"""By which beginnings of words a name or an address is found, so that typing finds it. Pure.

A word is found by each of its beginnings, from two letters on. Another word begins where letters
and digits meet, and at a capital inside ("PriceList2024"). Scripts that put no spaces between
words are found by letters and pairs of letters.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final
from urllib.parse import unquote

import regex

SHORTEST: Final = 2
LONGEST: Final = 24
MOST: Final = 400

_UNSPACED: Final = (
    r"\p{Han}\p{Hiragana}\p{Katakana}ー々\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
)
_TOKEN: Final = regex.compile(
    rf"(?P<unspaced>[{_UNSPACED}][{_UNSPACED}\p{{M}}]*)"
    rf"|(?P<word>(?:(?![{_UNSPACED}])[\p{{L}}\p{{M}}\p{{N}}])+)"
)
_INNER: Final = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})")
_ADDRESS: Final = regex.compile(r"https?://", regex.IGNORECASE)
_LETTER: Final = regex.compile(r"\X")
_FOLDED: Final = regex.compile(r"\p{Latin}|\p{Greek}")


def beginnings_of(*texts: str) -> list[str]:
    """All beginnings by which texts are found: each once, MOST at most, the first texts' first."""
    found: dict[str, None] = {}
    for text in texts:
        found.update(dict.fromkeys(_beginnings(text)))
    return list(found)[:MOST]


def beginnings_asked(text: str) -> list[str]:
    """What somebody typed, as beginnings that must all be there."""
    asked: dict[str, None] = {}
    for token, is_unspaced in _tokens(text):
        asked.update(dict.fromkeys(_pairs(token) if is_unspaced else [_folded(token)[:LONGEST]]))
    return list(asked)


def _beginnings(text: str) -> Iterator[str]:
    for token, is_unspaced in _tokens(text):
        if is_unspaced:
            yield from _LETTER.findall(token)
            yield from _pairs(token)
            continue
        for start in (0, *(inner.start() for inner in _INNER.finditer(token))):
            word = _folded(token[start:])[:LONGEST]
            yield from (word[:length] for length in range(min(SHORTEST, len(word)), len(word) + 1))


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """The words of a text, and whether each is of a script without spaces."""
    if _ADDRESS.match(text):
        text = unquote(_ADDRESS.sub("", text, count=1))
    for token in _TOKEN.finditer(unicodedata.normalize("NFKC", text)):
        yield token[0], token["unspaced"] is not None


def _pairs(run: str) -> Iterable[str]:
    letters: list[str] = _LETTER.findall(run)
    return letters if len(letters) == 1 else map("".join, pairwise(letters))


def _folded(word: str) -> str:
    """In small letters, without the accents that not everybody types."""
    word = word.casefold().replace("ё", "е")
    if word.isascii() or not _FOLDED.match(word):
        return word
    parts = unicodedata.normalize("NFD", word)
    return "".join(each for each in parts if not unicodedata.combining(each))
