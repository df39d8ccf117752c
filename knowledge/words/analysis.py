"""From a text to its stems, by the language that it is in. Pure: no Django.

Words are letters with the marks that belong to them, so that Hindi does not break at its vowel
signs. Scripts that put no spaces between words give pairs of letters instead. What looks like a
number, a version, a product code, an address or a path also stays whole.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Set
from itertools import pairwise
from typing import Final

import regex

from .asking import asking_words
from .languages import stem_words

LONGEST_STEM: Final = 64

_UNSPACED: Final = (
    r"\p{Han}\p{Hiragana}\p{Katakana}ー々\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
)
_JOINER: Final = "\u200c\u200d"
_WORD: Final = rf"[\p{{L}}\p{{M}}\p{{N}}{_JOINER}]"
_TOKEN: Final = regex.compile(
    rf"(?P<unspaced>[{_UNSPACED}][{_UNSPACED}\p{{M}}]*)"
    rf"|(?P<word>(?:(?![{_UNSPACED}]){_WORD})+"
    rf"(?:['’](?:(?![{_UNSPACED}])[\p{{L}}\p{{M}}])+)*)"
)
_WHOLE: Final = regex.compile(r"[\p{L}\p{N}]+(?:[-_./@:+&][\p{L}\p{N}]+)+[+#]*|\p{L}[+#]+")
_IS_CODE: Final = regex.compile(r"\p{N}|[_@/+#]")
_HYPHENED: Final = regex.compile(r"[\p{L}\p{N}]+(?:[-‐][\p{L}\p{N}]+)+")
_HYPHEN: Final = regex.compile(r"[-‐]")
_LETTER: Final = regex.compile(r"\X")
_POSSESSIVE: Final = regex.compile(r"['’]s$")
_ELIDED: Final = regex.compile(r"^(?:[cdjlmnst]|qu|un|dell|nell|all|sull|dall)['’](?=\p{L})")
_NOT_FOLDED: Final = ("vi", "tr")
_FOLDED: Final = regex.compile(r"\p{Latin}|\p{Greek}")


def stems_of(text: str, language: str) -> Counter[str]:
    """How often each stem stands in a text that is in a language (ISO 639-1, or empty)."""
    return _counted(text, language, frozenset())


def stems_asked(text: str, languages: Iterable[str]) -> frozenset[str]:
    """The stems of a question, as documents in any of some languages would have them.

    Words that only ask are left out, unless there are no others.
    """
    asked: set[str] = set()
    for language in languages:
        telling = _counted(text, language, asking_words(language))
        asked.update(telling or _counted(text, language, frozenset()))
    return frozenset(asked)


def stems_said(text: str, languages: Iterable[str]) -> frozenset[str]:
    """All that a text can be found by, word by word, if it is in any of some languages.

    Besides its stems: each letter of scripts without spaces, and what a hyphen joins as one word.
    """
    text = unicodedata.normalize("NFKC", text)
    joined = " ".join(run for each in _HYPHENED.findall(text) for run in _joined(each))
    said: set[str] = set()
    for language in languages:
        said.update(_counted(text, language, frozenset()), _counted(joined, language, frozenset()))
    for token in _TOKEN.finditer(text):
        said.update(_LETTER.findall(token["unspaced"] or ""))
    return frozenset(said)


def stems_sought(text: str, languages: Iterable[str], *, in_language: str) -> list[frozenset[str]]:
    """For each word of a search, its stems in any of some languages: one of them must be found.

    Of a sentence `in_language`, words that only ask are left out. The longest words come first.
    """
    text = _HYPHEN.sub("", unicodedata.normalize("NFKC", text))
    runs, words = [], []
    for token in _TOKEN.finditer(text):
        if token["unspaced"] is not None:
            runs.append(token["unspaced"])
        else:
            words.append(token["word"])
    asking = asking_words(in_language)
    telling = [word for word in words if _bare(_normal(word, in_language)) not in asking]
    words = sorted(dict.fromkeys(telling or words), key=len, reverse=True)
    every = ("", *_NOT_FOLDED, *languages)
    sought = [frozenset(_kept(_stem(word, language) for language in every)) for word in words]
    sought += [frozenset({pair}) for run in runs for pair in _pairs(run)]
    return [stems for stems in dict.fromkeys(sought) if stems]


def _joined(hyphened: str) -> Iterable[str]:
    """What parts of it are as one word: neighbours by twos and threes, and all."""
    parts = _HYPHEN.split(hyphened)
    for length in {2, 3, len(parts)}:
        for start in range(len(parts) - length + 1):
            yield "".join(parts[start : start + length])


def _stem(word: str, language: str) -> str:
    stem = stem_words([_bare(_normal(word, language))], language)[0]
    return stem if language in _NOT_FOLDED else _folded(stem)


def _counted(text: str, language: str, without: Set[str]) -> Counter[str]:
    counted: Counter[str] = Counter()
    text = _normal(text, language)
    words: list[str] = []
    for token in _TOKEN.finditer(text):
        if (run := token["unspaced"]) is not None:
            counted.update(_pairs(run))
        else:
            words.append(_bare(token["word"]))
    words = [word for word in words if word not in without]
    stems = stem_words(words, language)
    counted.update(_kept(stems if language in _NOT_FOLDED else map(_folded, stems)))
    counted.update(_kept(_wholes(text)))
    return counted


def _normal(text: str, language: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    if language == "tr":
        text = text.replace("I", "ı").replace("İ", "i")
    return text.casefold().replace("ё", "е")


def _bare(word: str) -> str:
    """Without joiners, apostrophes and what hangs on them, and with digits as in ASCII."""
    if word.isascii() and "'" not in word:
        return word
    word = word.translate({ord(joiner): None for joiner in _JOINER})
    word = _ELIDED.sub("", _POSSESSIVE.sub("", word)).replace("’", "'").replace("'", "")
    if any(map(str.isdecimal, word)):
        word = "".join(str(unicodedata.decimal(each, each)) for each in word)
    return word


def _pairs(run: str) -> Iterable[str]:
    letters: list[str] = _LETTER.findall(run)
    if len(letters) == 1:
        return letters
    return map("".join, pairwise(letters))


def _wholes(text: str) -> Iterable[str]:
    """Codes, versions, addresses, paths, and words with a hyphen, which some write without."""
    for whole in _WHOLE.findall(text):
        if _IS_CODE.search(whole) or "-" in whole:
            yield whole.replace("-", "")


def _folded(stem: str) -> str:
    """Without accents, where letters with and without are the same to who types them."""
    if stem.isascii() or not _FOLDED.match(stem):
        return stem
    parts = unicodedata.normalize("NFD", stem)
    return "".join(each for each in parts if not unicodedata.combining(each))


def _kept(stems: Iterable[str]) -> Iterable[str]:
    return (stem for stem in stems if 0 < len(stem) <= LONGEST_STEM)
