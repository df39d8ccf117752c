"""Lines that a program broke at a margin, put together again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

# Scripts that are written without spaces: Chinese and Japanese, Thai, Lao, Burmese, Khmer.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff"
    "\uff00-\uffef\U00020000-\U0003ffff"
)
_UNSPACED_LETTER = re.compile(f"[{_UNSPACED}]")
_TWO_COLUMNS_WIDE = re.compile(
    "[\u1100-\u115f\u3000-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff]"
)
_LIST_ITEM = re.compile(
    r"\s*(?:[•◦▪●○■□–—*+>-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxlc]{1,5})[.)]|\d+(?:\.\d+)+\.?|\[\d+\])\s"
)
_HYPHENATED = re.compile(r"\w-$")
_FIRST_WORD = re.compile(r"\S+")

_FEWEST_LINES = 4
_SHORTEST_LINE = 30
_NARROWEST = 40
_WIDEST = 120
_LOOKED_AT = 50_000


def starts_item(line: str) -> bool:
    """Tell whether ``line`` begins an entry of a list."""
    return _LIST_ITEM.match(line) is not None


def first_word(line: str) -> str:
    """Return what would have had to fit on the line before: a word, or one unspaced character."""
    word = _FIRST_WORD.search(line)
    if word is None:
        return ""
    return word[0][:1] if _UNSPACED_LETTER.match(word[0]) else word[0]


def glue(before: str, after: str) -> str:
    """Return what stands between two lines that were one: a space, or nothing."""
    if not before or before.endswith((" ", "/")):
        return ""
    if _HYPHENATED.search(before[-2:]) and after[:1].isalpha():
        return ""
    return "" if _UNSPACED_LETTER.match(before[-1]) and _UNSPACED_LETTER.match(after) else " "


def margin(lines: Iterable[str]) -> int:
    """Return the width in columns at which ``lines`` were broken, or 0 if they were not."""
    lengths = sorted(
        length for line in islice(lines, _LOOKED_AT) if (length := _width(line)) >= _SHORTEST_LINE
    )
    if len(lengths) < _FEWEST_LINES:
        return 0
    width = lengths[len(lengths) * 9 // 10]
    return width if _NARROWEST <= width <= _WIDEST else 0


def unwrap(lines: Sequence[str], width: int) -> str:
    """Return one paragraph's ``lines`` with those joined that were broken at ``width``."""
    joined: list[str] = []
    for number, line in enumerate(lines):
        if number and width and _goes_on(lines[number - 1], line, number, width):
            following = line.lstrip()
            joined.append(glue(lines[number - 1], following) + following)
        else:
            joined.append(("\n" if joined else "") + line)
    return "".join(joined)


def _goes_on(before: str, line: str, number: int, width: int) -> bool:
    """Tell whether ``line`` had to begin because its first word did not fit on the one before."""
    if starts_item(line) or "\t" in line.strip() or "   " in before.strip():
        return False
    if _indent(line) != _indent(before) and number > 1 and not starts_item(before):
        return False
    return _width(before.rstrip()) + 1 + _width(first_word(line)) > width


def _width(line: str) -> int:
    """Return the columns that ``line`` takes on a terminal, where a Chinese letter takes two."""
    return len(line) if line.isascii() else len(line) + len(_TWO_COLUMNS_WIDE.findall(line))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
