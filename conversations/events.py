"""What an answer tells those who listen, in the order in which it happens.

An answer is `Started`, any number of `Token`, `Citations` if it has any, and then exactly one of
`Finished` and `Failed`, which is told only after it was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from askorac.sealing import KeyRevoked, KeysAway


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage shown as evidence: `n` is the number of its marker `[n]` in the answer's text.

    `quote` is the sentence of the document that supports the answer, at most 300 characters.
    `path` leads there on our host; `url` is the page of the web that it stands on, or empty.
    `page` counts from 1, and is None for a document without pages.
    """

    n: int
    title: str
    path: str
    quote: str
    page: int | None
    document_id: UUID
    chunk_id: UUID
    url: str = ""

    def address(self, host: str) -> str:
        """Where the citation leads: to its own page of the web, else to ours on `host`."""
        return self.url or f"{host}{self.path}"

    def stored(self) -> dict[str, object]:
        """The citation as JSON, for a message's row."""
        return {
            "n": self.n,
            "title": self.title,
            "path": self.path,
            "quote": self.quote,
            "page": self.page,
            "document_id": str(self.document_id),
            "chunk_id": str(self.chunk_id),
            "on": self.url,
        }

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> Citation:
        """The citation that `stored` came from; the first ones were stored with our host."""
        return cls(
            n=stored["n"],
            title=stored["title"],
            path=stored["path"] if "path" in stored else urlsplit(stored["url"]).path,
            quote=stored["quote"],
            page=stored["page"],
            document_id=UUID(stored["document_id"]),
            chunk_id=UUID(stored["chunk_id"]),
            url=stored.get("on", ""),
        )


@dataclass(frozen=True, slots=True)
class Started:
    """The question is recorded; `message_id` is the id of the answer to come."""

    message_id: UUID


@dataclass(frozen=True, slots=True)
class Token:
    """The next piece of the answer's text, never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Citations:
    """What the answer rests on, by `n`."""

    items: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer, as recorded. `confidence` is 0 to 1.

    `is_answered` is False when the documents do not hold the answer. `provider` and `model` are
    empty, and the token counts None, when no model was asked.
    """

    text: str
    confidence: float
    is_answered: bool
    suggestions: tuple[str, ...]
    provider: str
    model: str
    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer ended early. `sentence` tells a visitor what happened and what to do.

    `retry_after` is in seconds, None if nobody knows.
    """

    code: str
    sentence: str
    retry_after: float | None


Event = Started | Token | Citations | Finished | Failed

NOT_AVAILABLE = "The assistant is not available right now. Your question is kept; ask again later."

CLOSED = (
    "This assistant is closed by its owner at the moment. What was said is kept; ask again later."
)

# What a visitor is told about an answer that ended early, by its code.
SENTENCES = {
    "stopped": "This answer was stopped.",
    "interrupted": "This answer was interrupted on our side. What was said is kept; ask again.",
    "unavailable": "The assistant can't be reached for a moment. Your question is kept; try again.",
    KeyRevoked.code: CLOSED,
    KeysAway.code: "The assistant can't open what it knows for a moment. Ask again shortly.",
    "internal": "Something broke on our side. Your question is kept; try again.",
    "provider_key_rejected": NOT_AVAILABLE,
    "provider_misconfigured": NOT_AVAILABLE,
    "provider_rate_limited": "Too many questions are being answered right now. Try again shortly.",
    "provider_unavailable": "The language model can't be reached for a moment. Try again.",
    "provider_request_refused": "The language model refused this question. Ask it in other words.",
}


def failed(code: str, *, retry_after: float | None = None) -> Failed:
    """The event for a code; raises KeyError for a code that has no sentence."""
    return Failed(code=code, sentence=SENTENCES[code], retry_after=retry_after)
