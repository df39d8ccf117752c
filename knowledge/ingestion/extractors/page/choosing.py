"""Which blocks of a page belong to its main text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.ingestion.extractors.page.words import compact

_BULLET = re.compile(r"\s*(?:-|\d+\.)\s+")
_STRUCTURED = ("- ", "1. ", "|", "```")
_LONG = 30  # characters, compact: such a line is found wherever it stands
_NEAR = 300  # so far from the last line that was found, a short one may be
_BEGINNING = 60
_MOSTLY = 0.5
_FILLED = 80  # from this length on, what lies between parts of the main text is one
_LEADING = 100
_MOST_LINKED = 0.6
_LOOKED_AT = 6
_SHORT_LABEL, _SHORT_ENDING = 100, 60
_WHOLE_ARTICLE = 1_500
_HOLDS_FACT = re.compile(r"[\d@.!?…。|]")
_FEWEST = 200


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list or table, or a heading if it has a ``level`` of 1 to 6."""

    text: str
    level: int


def choose(blocks: Sequence[Block], *, words: str, links: frozenset[str]) -> list[Block]:
    """Return the blocks that the main text ``words`` is found in, and what belongs to them.

    ``links`` are the texts of links. When hardly anything is found, all that is no list of links.
    """
    linked = [_is_linked(block.text, links) for block in blocks]
    kept = _found(blocks, words)
    if True in kept:
        _keep_between(blocks, kept, linked)
        _keep_headings(blocks, kept)
    chosen = [block for block, is_kept in zip(blocks, kept, strict=True) if is_kept]
    others = [block for block, is_link in zip(blocks, linked, strict=True) if not is_link]
    if _length(chosen) < _FEWEST and _length(others) > _length(chosen) * 2:
        return others
    return _without_labels(chosen)


def _found(blocks: Sequence[Block], words: str) -> list[bool]:
    """Look each line up in the main text, from where the one before was found."""
    found: list[bool] = []
    cursor = 0
    for block in blocks:
        lines = [line for text in block.text.split("\n") if (line := compact(text))]
        length = 0
        for line in lines:
            at = _place(words, line, cursor)
            if at >= 0:
                cursor = max(cursor, at + min(len(line), len(words) - at))
                length += len(line)
        found.append(length > 0 and length >= sum(map(len, lines)) * _MOSTLY)
    return found


def _place(words: str, line: str, cursor: int) -> int:
    """Return where a line stands in the main text, or -1."""
    if len(line) < _LONG:
        return words.find(line, cursor, cursor + _NEAR + len(line))
    for start in (cursor, 0):
        at = words.find(line, start)
        if at >= 0:
            return at
    # A long one may have been shortened.
    return words.find(line[:_BEGINNING], cursor) if len(line) > _BEGINNING * 2 else -1


def _keep_between(blocks: Sequence[Block], kept: list[bool], linked: Sequence[bool]) -> None:
    """Keep what lies between the title and the end of the main text, unless it is short or links.

    A list or a table that follows directly belongs to it too.
    """
    first, last = kept.index(True), len(kept) - 1 - kept[::-1].index(True)
    titles = [at for at in range(first + 1) if blocks[at].level == 1]
    start = titles[-1] if titles else first
    kept[start] = True
    for at in range(start, last):
        least = _FILLED if at > first or _is_structured(blocks[at]) else _LEADING
        if not blocks[at].level and len(blocks[at].text) >= least and not linked[at]:
            kept[at] = True
    for at in range(last + 1, len(blocks)):
        if not _is_structured(blocks[at]) or linked[at] or len(blocks[at].text) < _FILLED:
            return
        kept[at] = True


def _keep_headings(blocks: Sequence[Block], kept: list[bool]) -> None:
    """Keep each heading that has something under it."""
    for at in range(len(blocks) - 2, -1, -1):
        level, following = blocks[at].level, blocks[at + 1]
        if level and kept[at + 1] and (not following.level or following.level > level):
            kept[at] = True


def _without_labels(blocks: list[Block]) -> list[Block]:
    """Leave out the labels above the title and below the end: rubrics, tags, names of pictures."""
    titles = [at for at, block in enumerate(blocks[:_LOOKED_AT]) if block.level == 1]
    above = blocks[: titles[0]] if titles else []
    if all(not block.level and len(block.text) < _SHORT_LABEL for block in above):
        blocks = blocks[len(above) :]
    end = len(blocks)
    if _length(blocks) >= _WHOLE_ARTICLE:
        while end and _is_label(blocks[end - 1]):
            end -= 1
    return blocks[:end]


def _is_label(block: Block) -> bool:
    return len(block.text) < _SHORT_ENDING and not _HOLDS_FACT.search(block.text)


def _is_structured(block: Block) -> bool:
    return block.text.startswith(_STRUCTURED)


def _is_linked(text: str, links: frozenset[str]) -> bool:
    """Tell whether a block is little more than links."""
    parts = [_BULLET.sub("", part, count=1) for part in re.split(r"[\n|]", text)]
    compacted = [compact(part) for part in parts]
    linked = sum(len(part) for part in compacted if part in links)
    return linked > sum(map(len, compacted)) * _MOST_LINKED


def _length(blocks: Sequence[Block]) -> int:
    return sum(len(block.text) for block in blocks)
