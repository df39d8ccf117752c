"""What an answer tells those who listen, in the order in which it happens.

An answer is `Started`, any number of `Token`, `Citations` if it has any, and then exactly one of
`Finished` and `Failed`, which is told only after it was recorded.
"""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage shown as evidence: `n` is the number of its marker `[n]` in the answer's text.

    `quote` is the sentence of the document that supports the answer, at most 300 characters.
    `page` counts from 1, and is None for a document without pages.
    """

    n: int
    title: str
    url: str
    quote: str
    page: int | None
    document_id: UUID
    chunk_id: UUID


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
