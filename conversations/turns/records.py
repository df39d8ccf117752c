"""What a turn is asked, how it ended, and how it is read back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid5

from askorac.jobs.models import State
from askorac.tenancy.signing import Context

from ..events import Citation, Citations, Event, Failed, Finished, Started, Token, failed

FIRST_FENCE: Final = 1
STOPPED: Final = "stopped"
INTERRUPTED: Final = "interrupted"


@dataclass(frozen=True, slots=True)
class TurnKey:
    """Where a turn belongs. The ids of its two messages follow from its own."""

    organization_id: UUID
    project_id: UUID
    conversation_id: UUID
    turn_id: UUID

    @property
    def context(self) -> Context:
        """The public door's context: this conversation, and what its project makes public."""
        return Context(self.organization_id, self.project_id, self.conversation_id)

    @property
    def question_message_id(self) -> UUID:
        return uuid5(self.turn_id, "question")

    @property
    def answer_message_id(self) -> UUID:
        return uuid5(self.turn_id, "answer")


@dataclass(frozen=True, slots=True)
class Question:
    """What a visitor asks.

    `client_id` is the client's own id of this question: asked again under it, it is the same turn.
    `site_context` is what the page's owner chose to send along; it is used and not kept.
    """

    key: TurnKey
    client_id: UUID
    visitor_id: UUID
    channel: str
    page_url: str
    text: str
    now: datetime
    site_context: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """The turn is new and ours: its lease holds for ten seconds from now."""

    key: TurnKey
    fence: int


@dataclass(frozen=True, slots=True)
class Ending:
    """How a turn ended, as it is recorded.

    `code` is empty for a whole answer. An answer that a person stopped is `ready` with the code
    `stopped`: nothing went wrong. `is_answered` is None when it was not said whether the documents
    hold the answer. `cost` is in US dollars, None where it is not known.
    """

    state: str
    code: str
    text: str
    citations: tuple[Citation, ...] = ()
    confidence: float | None = None
    is_answered: bool | None = None
    provider: str = ""
    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: Decimal | None = None


def finished_ending(
    event: Finished, citations: tuple[Citation, ...], *, cost: Decimal | None = None
) -> Ending:
    """The ending of an answer that was said to its end."""
    return Ending(
        state=State.READY,
        code="",
        text=event.text,
        citations=citations,
        confidence=event.confidence,
        is_answered=event.is_answered,
        provider=event.provider,
        model=event.model,
        input_tokens=event.input_tokens,
        output_tokens=event.output_tokens,
        cost=cost,
    )


def failed_ending(code: str, *, text: str, provider: str = "", model: str = "") -> Ending:
    """The ending of an answer that was broken off, or stopped by the visitor, after `text`."""
    state = State.READY if code == STOPPED else State.FAILED
    return Ending(state=state, code=code, text=text, provider=provider, model=model)


@dataclass(frozen=True, slots=True)
class Record:
    """A turn as its rows have it.

    While it is processing, `ending` holds the text of the last checkpoint, and `has_lapsed` says
    that its process has gone silent.
    """

    key: TurnKey
    client_id: UUID
    fence: int
    has_lapsed: bool
    question: str
    ending: Ending

    @property
    def is_processing(self) -> bool:
        return self.ending.state == State.PROCESSING

    def events(self) -> Iterator[Event]:
        """What the answer told, once more; a turn that is still processing has no last event."""
        ending = self.ending
        yield Started(self.key.answer_message_id)
        if ending.text:
            yield Token(ending.text)
        if ending.citations:
            yield Citations(ending.citations)
        if not self.is_processing:
            yield self._last_event()

    def _last_event(self) -> Finished | Failed:
        ending = self.ending
        if ending.code:
            return failed(ending.code)
        return Finished(
            text=ending.text,
            confidence=ending.confidence or 0.0,
            is_answered=bool(ending.is_answered),
            suggestions=(),
            provider=ending.provider,
            model=ending.model,
            input_tokens=ending.input_tokens,
            output_tokens=ending.output_tokens,
        )
