"""JSON as it stands in an archive."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

T = TypeVar("T")


def as_json(value: Any) -> bytes:
    """A file of one value."""
    return _coded(json.dumps(value, ensure_ascii=False, indent=2), value)


def as_lines(values: Iterable[Any]) -> Iterator[bytes]:
    """A file of one value a line."""
    for value in values:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        yield _coded(text, value) + b"\n"


def moment(at: datetime | None) -> str | None:
    """A time in ISO 8601, or null."""
    return at.isoformat() if at else None


def _coded(text: str, value: Any) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a character, which UTF-8 has no bytes for
        return json.dumps(value, separators=(",", ":")).encode()
