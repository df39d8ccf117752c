"""What each line of an archive has to be: types, lengths and words, looked at before it counts."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

Check = Callable[[Any], Any]
_DECIMAL: Final = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,9})?")


class Misshapen(Exception):
    """A value is not what stands there in an archive; the message names its field."""


def shaped(row: Mapping[str, Any], shape: Mapping[str, Check]) -> dict[str, Any]:
    """The fields of a row that the shape names, as values of ours; others are left out.

    Raises Misshapen.
    """
    found: dict[str, Any] = {}
    for name, check in shape.items():
        try:
            found[name] = check(row[name])
        except (KeyError, TypeError, ValueError, OverflowError):
            raise Misshapen(name) from None
    return found


def text(most: int, *, least: int = 0) -> Check:
    """Text that a row takes: no half of a character, which JSON can spell."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most or "\0" in value:
            raise ValueError
        value.encode()
        return value

    return check


def address(value: Any) -> str:
    """Of a page of the web, or nothing: it becomes a link."""
    found: str = text(10_000)(value)
    if found and not found.startswith(("http://", "https://")):
        raise ValueError
    return found


def count(most: int = 2**31 - 1) -> Check:
    """A whole number from 0."""

    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise ValueError
        return value

    return check


def share(value: Any) -> float:
    """A number from 0 to 1, or a little beyond either, as scores are."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -2 <= value <= 2:
        raise ValueError
    return float(value)


def truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def uuid(value: Any) -> UUID:
    if not isinstance(value, str):
        raise TypeError
    return UUID(value)


def moment(value: Any) -> datetime:
    """A time with its zone."""
    found = datetime.fromisoformat(value)
    if found.tzinfo is None or not 1970 <= found.year <= 9000:
        raise ValueError
    return found


def amount(value: Any) -> str:
    """A sum of money as text, so that nobody has rounded it."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise ValueError
    return value


def one_of(*words: Any) -> Check:
    def check(value: Any) -> Any:
        if isinstance(value, bool) or value not in words:
            raise ValueError
        return value

    return check


def or_none(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def every(check: Check, most: int) -> Check:
    """A list of such values."""

    def look(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError
        return [check(each) for each in value]

    return look


def group(shape: Mapping[str, Check]) -> Check:
    """An object of that shape."""

    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise TypeError
        return shaped(value, shape)

    return check


_SETTINGS: Final = {
    "name": text(80, least=1),
    "instructions": text(4000),
    "answer_floor": or_none(share),
    "unanswered_text": text(400),
    "contact_label": text(80),
    "contact_url": text(500),
}
_LOOK: Final = {
    "assistant_name": text(80),
    "greeting": text(200),
    "accent": text(7),
    "theme": text(8),
    "position": text(8),
    "suggestions": every(text(120), 3),
}
_MODELS: Final = {"chat": text(140), "fallback": text(140), "embedding": text(120)}
PROJECT: Final[Mapping[str, Check]] = {
    "id": uuid,
    "allowed_domains": every(text(253), 1000),
    "embedding_space": text(120),
    "settings": group(_SETTINGS),
    "look": group(_LOOK),
    "models": group(_MODELS),
}
SOURCE: Final[Mapping[str, Check]] = {
    "id": uuid,
    "kind": one_of("file", "text", "page"),
    "name": text(255, least=1),
    "url": address,
    "external_id": text(255),
    "size_bytes": count(2**53),
    "created_at": moment,
    "fetched_at": or_none(moment),
    "file": or_none(text(120)),
    "sha256": or_none(text(64)),
}
DOCUMENT: Final[Mapping[str, Check]] = {
    "id": uuid,
    "source_id": uuid,
    "title": text(255),
    "url": address,
    "page_count": or_none(count()),
    "created_at": moment,
}
CHUNK: Final[Mapping[str, Check]] = {
    "id": uuid,
    "document_id": uuid,
    "ordinal": count(),
    "text": text(100_000),
    "page": or_none(count()),
    "heading": text(255),
    "joint": text(2),
    "repeated_count": count(32_767),
}
CONVERSATION: Final[Mapping[str, Check]] = {
    "id": uuid,
    "visitor_id": uuid,
    "channel": one_of("widget", "playground", "page", "api"),
    "page_url": text(10_000),
    "started_at": moment,
    "last_message_at": moment,
    "question_count": count(),
    "unanswered_count": count(),
    "is_answered": or_none(truth),
    "rating": or_none(one_of(-1, 1)),
}
_CITATION: Final = {
    "n": count(),
    "title": text(1000),
    "url": address,
    "quote": text(10_000),
    "page": or_none(count()),
    "document_id": uuid,
    "chunk_id": uuid,
    "start": or_none(count()),
    "end": or_none(count()),
}
_MESSAGE: Final = {
    "id": uuid,
    "speaker": one_of("visitor", "assistant"),
    "text": text(1_000_000),
    "citations": every(group(_CITATION), 1000),
    "confidence": or_none(share),
    "is_answered": or_none(truth),
    "rating": or_none(one_of(-1, 1)),
    "rating_comment": text(100_000),
    "at": moment,
}
TURN: Final[Mapping[str, Check]] = {
    "id": uuid,
    "conversation_id": uuid,
    "client_id": uuid,
    "state": one_of("ready", "failed"),
    "code": text(40),
    "provider": text(40),
    "model": text(120),
    "input_tokens": or_none(count()),
    "output_tokens": or_none(count()),
    "cost_usd": or_none(amount),
    "started_at": moment,
    "finished_at": or_none(moment),
    "messages": every(group(_MESSAGE), 2),
}
RETENTION: Final[Mapping[str, Check]] = {
    "project_id": or_none(uuid),
    "content": text(16),
    "keep": text(16),
    "days": or_none(count()),
}
