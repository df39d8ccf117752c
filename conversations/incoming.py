"""What clients send, at whichever door, made into what can be used and kept."""

import json
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

MOST_QUESTION_CHARACTERS: Final = 4_000
MOST_PAGE_URL_CHARACTERS: Final = 2_000
MOST_CONTEXT_CHARACTERS: Final = 4_000

NOTHING_ASKED: Final = "Nothing was asked. Type a question first."
TOO_LONG: Final = "Ask in at most 4,000 characters."

_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class NoQuestion(Exception):
    """What was asked is no question; `code` is `bad_request` or `too_long`."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked. `id` is the client's own: asked again under it, it is the same question."""

    id: UUID
    question: str
    page_url: str
    context: str


def read_asking(
    *, question_id: UUID, question: object, page_url: object, context: object
) -> Asking:
    """What is asked, from whatever was sent. Raises NoQuestion."""
    return Asking(
        id=question_id,
        question=_read_question(question),
        page_url=read_page_url(page_url),
        context=_read_context(context),
    )


def _read_question(value: object) -> str:
    """The question without the white space around it. Raises NoQuestion."""
    question = read_text(value).strip()
    if not question:
        raise NoQuestion(NOTHING_ASKED, code="bad_request")
    if len(question) > MOST_QUESTION_CHARACTERS:
        raise NoQuestion(TOO_LONG, code="too_long")
    return question


def read_text(value: object) -> str:
    """A string that the database can hold: without NUL, and without halves of characters."""
    if not isinstance(value, str):
        return ""
    return _SURROGATES.sub("\ufffd", value.replace("\0", ""))


def read_uuid(value: object) -> UUID | None:
    """The UUID that a string stands for, or None."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def read_page_url(value: object) -> str:
    """A web address, cut at 2,000 characters; nothing if it is none."""
    url = read_text(value)[:MOST_PAGE_URL_CHARACTERS]
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def _read_context(value: object) -> str:
    """What the site's owner sends along, text or JSON, as text; cut at 4,000 characters."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return read_text(text)[:MOST_CONTEXT_CHARACTERS]
