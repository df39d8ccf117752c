"""Words that were hyphenated at the end of a line, made whole by the words of the same document."""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.ingestion.extractors.pdf.lines import Line

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LAST_PART = re.compile(r"[^\W\d_]+(?=-$)")
_FIRST_PART = re.compile(r"[^\W\d_]+")
_SHORTEST_PART = 3
_LONGEST_PART = 50


class Vocabulary:
    """All words of a document, but for those that a line end may have cut."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._words: set[str] = set()
        was_cut = False
        for line in lines:
            words = _WORD.findall(line.text.lower())
            self._words.update(words[was_cut : -1 if line.is_hyphenated else None])
            was_cut = line.is_hyphenated

    def is_one_word(self, before: str, after: str) -> bool:
        """Tell whether the hyphen that ends ``before`` stands inside one word, not a compound."""
        head, tail = _LAST_PART.search(before[-_LONGEST_PART:]), _FIRST_PART.match(after)
        return bool(head and tail and self._is_one_word(head[0], tail[0]))

    def _is_one_word(self, head: str, tail: str) -> bool:
        if not tail[0].islower():
            return False
        head, tail = head.lower(), tail.lower()
        if head + tail in self._words:
            return True
        is_compound = f"{head}-{tail}" in self._words or (
            min(len(head), len(tail)) >= _SHORTEST_PART and {head, tail} <= self._words
        )
        return not is_compound
