"""Cutting a passage into statements that can be quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from keys.providers.base import UNKNOWN
from keys.providers.local.blocks import Block, Kind, blocks

LONGEST: Final = 500
SHORTEST: Final = 12
SHORTEST_UNSPACED: Final = 5
LONGEST_CONTINUATION: Final = 600

_QUESTION_MARKS: Final = ("?", "？", "؟")
_CLOSERS: Final = r"[\"'”’»)\]」』】）]*"
# An end of the first kind is one wherever it stands; one of the second only before a space.
_END: Final = re.compile(rf"[。！？]{_CLOSERS}|[.!?…؟۔।॥։።]{_CLOSERS}(?=\s)")
_ABBREVIATED: Final = re.compile(
    r"(?:^|[\s(])(?:[^\W\d_](?:\.[^\W\d_])*|Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|vs|etc|approx|ca|cf|al|"
    r"Fig|Figs|Eq|Sec|Ch|No|Nr|Vol|pp|Inc|Ltd|Co|Corp|Dept|Art|Abs|bzw|usw|evtl|ggf|inkl|Str|Tel|"
    r"Sra|Srta|Ud|Uds|núm|pág|Jan|Feb|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\.$"
)
_GERMAN_ORDINAL: Final = re.compile(
    r"\d\.\s(?=(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|"
    r"Dezember|Jahrhundert)\b)"
)
_BREATHS: Final = (re.compile(r"[;:,，、；]\s*"), re.compile(r"\s+"))
_UNSPACED: Final = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]")

_IMAGE_OR_LINK: Final = re.compile(r"!?\[(?P<text>[^\]]*)\]\([^)]*\)")
_REFERENCE_MARK: Final = re.compile(r"\[\d{1,3}\]")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, list item or table row.

    ``about`` is the heading or question that it stands under; ``block`` numbers the blocks of a
    passage, so that sentences of one paragraph are known; ``continuation`` is the Markdown of
    what a sentence with a colon at its end leads to, a list or code.
    """

    text: str
    about: str
    block: int
    continuation: str = ""


def statements(passage: str) -> list[Statement]:
    """The statements of a passage, in order. Headings and questions are not among them."""
    found: list[Statement] = []
    about = ""
    leader: int | None = None
    for number, block in enumerate(blocks(passage)):
        if block.kind is Kind.HEADING:
            about = quotable(block.text)
        elif leader is not None and block.kind in (Kind.ITEM, Kind.CODE):
            found[leader] = _continued(found[leader], block)
        else:
            leader = None
        if block.kind in (Kind.HEADING, Kind.CODE):
            continue
        for sentence in _sentences(quotable(block.text)):
            if sentence.endswith(_QUESTION_MARKS):
                about = sentence
            elif _says_something(sentence):
                found.append(Statement(sentence, about, number))
        if block.kind is Kind.PARAGRAPH and found and found[-1].text.endswith((":", "：")):
            leader = len(found) - 1
    return found


def quotable(text: str) -> str:
    """Text of a document as it may stand in an answer.

    Nothing to load, nowhere to lead, nothing that could be taken for a citation or sentinel of
    ours. What stands in backticks is code and keeps its brackets.
    """
    text = _IMAGE_OR_LINK.sub(lambda match: match["text"], text).replace(UNKNOWN, "")
    parts = text.split("`")
    parts[::2] = [_REFERENCE_MARK.sub("", part) for part in parts[::2]]
    return "`".join(parts).strip()


def _continued(statement: Statement, block: Block) -> Statement:
    line = f"- {quotable(block.text)}" if block.kind is Kind.ITEM else f"```\n{block.text}\n```"
    continuation = f"{statement.continuation}\n{line}".strip()
    if len(continuation) > LONGEST_CONTINUATION:
        return statement
    return replace(statement, continuation=continuation)


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        if _is_end(text, start, end):
            yield from _shortened(text[start : end.end()].strip())
            start = end.end()
    if rest := text[start:].strip():
        yield from _shortened(rest)


def _is_end(text: str, start: int, end: re.Match[str]) -> bool:
    if text[end.start()] in "。！？":
        return True
    if text[end.end() :].lstrip()[:1].islower():
        return False
    if text[end.start()] != ".":
        return True
    before = text[max(start, end.start() - 12) : end.start() + 1]
    return not (_ABBREVIATED.search(before) or _GERMAN_ORDINAL.match(text, end.start() - 1))


def _shortened(sentence: str) -> Iterator[str]:
    """The sentence, cut where one takes breath if it is too long to be quoted whole."""
    while len(sentence) > LONGEST:
        cut = _last_breath(sentence)
        yield sentence[:cut].strip()
        sentence = sentence[cut:].strip()
    yield sentence


def _last_breath(sentence: str) -> int:
    """The last comma or the like, or else the last space, in the second half of what may stay."""
    for breath in _BREATHS:
        if found := list(breath.finditer(sentence, LONGEST // 2, LONGEST)):
            return found[-1].end()
    return LONGEST


def _says_something(sentence: str) -> bool:
    if _UNSPACED.search(sentence):
        return len(sentence) >= SHORTEST_UNSPACED
    is_long_enough = len(sentence) >= SHORTEST and len(sentence.split()) > 1
    return is_long_enough and any(character.isalpha() for character in sentence)
