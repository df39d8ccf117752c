"""What the extraction child is asked, and what it says, checked: it has met a stranger's file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast, get_args

from knowledge.ingestion.texts import ExtractedText, Section, Unreadable, UnreadableCode

OUT_OF_MEMORY = "MemoryError"
_LONGEST_SENTENCE = 500
_LONGEST_NAME = 255


class Reading(StrEnum):
    """How the child reads: a file by the ending of its name, a page by what its server said."""

    FILE = "file"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Fault:
    """The child met an error that it did not expect: its kind and place, or "MemoryError"."""

    place: str


class Malformed(Exception):
    """The reply is not one that the child can have meant to give."""


def parse_reply(output: bytes) -> ExtractedText | Unreadable | Fault:
    """Return what ``output`` says. Raises Malformed."""
    try:
        reply = json.loads(output)
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    match reply:
        case {"fault": str(place)}:
            return Fault(place=place[:_LONGEST_NAME])
        case {"code": str(code), "sentence": str(sentence)} if code in get_args(UnreadableCode):
            return Unreadable(cast(UnreadableCode, code), _checked(sentence, _LONGEST_SENTENCE))
        case {"title": str(title), "page_count": count, "sections": list(sections)} if (
            count is None or _is_natural(count)
        ):
            return ExtractedText(
                title=_checked(title, _LONGEST_NAME),
                sections=tuple(_section(section, count) for section in sections),
                page_count=count,
            )
    raise Malformed


def _section(section: Any, page_count: int | None) -> Section:
    match section:
        case [str(text), None, str(heading)] if page_count is None:
            page = None
        case [str(text), page, str(heading)] if _is_natural(page) and page <= (page_count or 0):
            pass
        case _:
            raise Malformed
    return Section(text=_checked(text), page=page, heading=_checked(heading, _LONGEST_NAME))


def _is_natural(number: Any) -> bool:
    return type(number) is int and number > 0  # in Python, True is an integer too


def _checked(text: str, most: int | None = None) -> str:
    """Return ``text`` if a database can hold it, and it has at most ``most`` characters."""
    if "\0" in text or (most is not None and len(text) > most):
        raise Malformed
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Malformed from error
    return text
