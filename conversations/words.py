"""The words of what was said, blind, so that conversations are found by them.

A turn is kept by the stems of its question and its answer in the languages that they are in, and
by the parts of its page's address. A search is so short that its language can't be told: a word
of it stands for its stems in every language.
"""

from typing import Final, TypeAlias
from urllib.parse import unquote
from uuid import UUID

import regex

from askorac.sealing import keyrings
from askorac.sealing.keyring import Keyring
from knowledge.words.analysis import stems_said, stems_sought
from knowledge.words.languages import UNKNOWN, language_of, stemmed_languages

# Each stands for one word of a search: a conversation that is found has one of its numbers. What
# holds no word at all, such as "?", has none, and finds nothing.
Terms: TypeAlias = tuple[frozenset[int], ...]

MOST_TERMS: Final = 8
MOST_PAGE_PARTS: Final = 40
_SAID: Final = "said"
_PAGE: Final = "page"
_NO_WORD: Final = regex.compile(r"[^\p{L}\p{M}\p{N}]+")


def words_of_turn(ring: Keyring, *, question: str, answer: str, page_url: str) -> list[int]:
    """What a turn is found by. Takes about a millisecond."""
    asked, told = language_of(question), language_of(answer)
    # The one helps out the other: a question is short, and is mostly answered in its language.
    languages = {asked, told} - {UNKNOWN} or {UNKNOWN, *stemmed_languages()}
    said = stems_said(question, languages) | stems_said(answer, {told} - {UNKNOWN} or languages)
    return sorted(_blind(ring, _SAID, said) | _blind(ring, _PAGE, _parts_of(page_url)))


def terms_sought(organization_id: UUID, *, words: str, page: str) -> Terms:
    """What conversations must have, all of it, in which some words were said on some page.

    Raises KeyRevoked, or KeysAway; without words and page, neither.
    """
    said = stems_sought(words, stemmed_languages(), in_language=language_of(words))
    parts = stems_sought(_as_text(page), (), in_language=UNKNOWN)
    sought = {_SAID: said or _nothing(words), _PAGE: parts or _nothing(page)}
    if not any(sought.values()):
        return ()
    ring = keyrings.of(organization_id)
    return tuple(
        _blind(ring, kind, stems) for kind, each in sought.items() for stems in each[:MOST_TERMS]
    )


def _nothing(text: str) -> list[frozenset[str]]:
    return [frozenset()] if text.strip() else []


def _blind(ring: Keyring, kind: str, stems: frozenset[str]) -> frozenset[int]:
    """The kind is told apart from other kinds, and from the words of documents."""
    return frozenset(ring.blind(f"{kind}\0{stem}") for stem in stems)


def _parts_of(page_url: str) -> frozenset[str]:
    parts = _as_text(page_url).split(" ")[:MOST_PAGE_PARTS]
    return stems_said(" ".join(parts), (UNKNOWN,))


def _as_text(page_url: str) -> str:
    """An address, or a part of one, as words: without its scheme, and readable."""
    scheme, separator, rest = page_url.partition("://")
    return _NO_WORD.sub(" ", unquote(rest if separator else scheme)).strip()
