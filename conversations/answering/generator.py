"""From a question to a cited answer: the one generator that every door carries on.

It holds no database connection while a provider works: the question is recorded beside the first
look-up of the search, before anything is paid for, and the answer after its last word.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from django.db import OperationalError
from django.utils import timezone

from askorac.sealing import KeyRevoked, KeysAway
from askorac.web.logs import LogEvent, log
from conversations.events import Citations, Event, Failed, Started, Token, failed
from conversations.feeds import pause
from conversations.turns import (
    INTERRUPTED,
    STOPPED,
    Begun,
    Ending,
    Question,
    Record,
    begin,
    failed_ending,
    finish,
    finished_ending,
)
from keys.clients import ProviderFault, RateLimited, RequestRefused

from .drafting import Draft
from .prompting import answer_request
from .searching import Grounds, search

T = TypeVar("T")

UNREACHABLE = (psycopg.OperationalError, OperationalError)
KEYLESS = (KeyRevoked, KeysAway)
_TOLD_WHEN_CANCELLED = {INTERRUPTED, KeyRevoked.code, KeysAway.code}


class AlreadyAsked(Exception):
    """The question was asked before, under the client's same id; `record` has what came of it."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record


@dataclass(slots=True)
class _Work:
    """What an answer has come to so far; the draft begins when there are grounds."""

    begun: Begun
    draft: Draft | None = None

    def broken_off(self, code: str) -> Ending:
        return self.draft.broken_off(code) if self.draft else failed_ending(code, text="")


async def answer(question: Question) -> AsyncGenerator[Event, None]:
    """Answer a question: Started, Tokens, Citations if there are any, then Finished or Failed.

    The last event comes after it was recorded (or, with the code `interrupted`, after ten seconds
    in which it could not be). Close the generator (`aclosing`): a task that is
    cancelled, and a generator that is closed early, record what was said as `stopped`, and the turn
    counts as ready then, since nothing went wrong; or as `interrupted`, `key_revoked` or
    `keys_away` if the task was cancelled with that word. If it is cancelled while its end is being
    recorded, the end is told first. A task that is cancelled before Started leaves a turn that
    lapses.

    Raises AlreadyAsked before any event, LeaseLost if another process ended the turn.
    """
    is_new = asyncio.Event()
    async with _alongside(search(question, is_new)) as searching:
        try:
            begun = await begin(question)
        except psycopg.OperationalError as error:
            log(LogEvent.ROW_UNREACHABLE, level=logging.WARNING, broken=error)
            yield failed("unavailable")
            return
        except KEYLESS as fault:
            yield failed(fault.code)
            return
        if isinstance(begun, Record):
            raise AlreadyAsked(begun)
        is_new.set()
        async with aclosing(_answer(question, _Work(begun), searching)) as events:
            async for event in events:
                yield event


async def _answer(
    question: Question, work: _Work, searching: "asyncio.Task[Grounds]"
) -> AsyncGenerator[Event, None]:
    last: Event
    try:
        yield Started(question.key.answer_message_id)
        async with aclosing(_speak(question, work, searching)) as texts:
            async for text in texts:
                yield Token(text)
                # What arrives meanwhile is taken, cleaned and told in one go.
                await asyncio.sleep(pause())
        assert work.draft
        last, citations = work.draft.finished()
        ending = finished_ending(last, citations, cost=work.draft.cost(timezone.now()))
        if citations:
            yield Citations(citations)
    except (asyncio.CancelledError, GeneratorExit) as leaving:
        word = next(iter(leaving.args), "")
        code = word if word in _TOLD_WHEN_CANCELLED else STOPPED
        await _recorded(question, work, work.broken_off(code))
        raise
    except Exception as error:  # noqa: BLE001 - whatever broke, the row must say so
        last = _failure(error, question)
        ending = work.broken_off(last.code)
    try:
        if (code := await _recorded(question, work, ending)) != ending.code:
            last = failed(code)
    except asyncio.CancelledError:
        yield last  # it is recorded, so it is told
        raise
    yield last


async def _speak(
    question: Question, work: _Work, searching: "asyncio.Task[Grounds]"
) -> AsyncGenerator[str, None]:
    """What is said, as it is said. Without passages no provider is asked. Raises ProviderFault."""
    grounds = await searching
    draft = work.draft = Draft(question.key, grounds)
    if grounds.passages:
        request = answer_request(
            question=question.text,
            standalone=grounds.standalone,
            passages=grounds.passages,
            history=grounds.history,
            wishes=grounds.instructions,
            page_url=question.page_url,
            site_context=question.site_context,
        )
        async with aclosing(grounds.model.stream(request)) as pieces:
            async for piece in pieces:
                if text := draft.hear(piece):
                    yield text
                if draft.has_given_up or draft.is_full:
                    break
    if text := draft.end():
        yield text


@asynccontextmanager
async def _alongside(work: Coroutine[Any, Any, T]) -> AsyncIterator[asyncio.Task[T]]:
    """A task that runs meanwhile, and is over when the block is."""
    task = asyncio.ensure_future(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # raised where the task is awaited; not awaited, it is not wanted


async def _recorded(question: Question, work: _Work, ending: Ending) -> str:
    """Record the ending; returns the code that it has after all: another one if there is no key to
    seal it by, or if the database stays away, and the turn will lapse."""
    try:
        return await finish(question, work.begun.fence, ending)
    except psycopg.OperationalError as error:
        log(LogEvent.ROW_UNREACHABLE, level=logging.ERROR, turn=question.key.turn_id, broken=error)
        return INTERRUPTED


def _failure(error: Exception, question: Question) -> Failed:
    """What is told of a fault, which is logged: to visitors in words that are for them."""
    turn = question.key.turn_id
    if isinstance(error, ProviderFault):
        log(LogEvent.PROVIDER_FAULT, level=logging.WARNING, turn=turn, broken=error)
        retry_after = error.retry_after if isinstance(error, RateLimited) else None
        return failed(_code(error), retry_after=retry_after)
    if isinstance(error, UNREACHABLE):
        log(LogEvent.ROW_UNREACHABLE, level=logging.WARNING, turn=turn, broken=error)
        return failed("unavailable")
    if isinstance(error, KEYLESS):
        return failed(error.code)
    log(LogEvent.TURN_BROKE, level=logging.ERROR, turn=turn, broken=error)
    return failed("internal")


def _code(fault: ProviderFault) -> str:
    """What a fault is called in a turn's row, and told to the visitor by."""
    if isinstance(fault, RequestRefused) and fault.is_set_up:
        return "provider_misconfigured"
    return f"provider_{fault.code.removeprefix('provider_')}"
