"""The turns of this process: each one a task of its own, which no socket owns.

A turn goes on when its visitor's connection breaks, and stops a while after the last listener has
left for good. While it runs, this process holds a lease on its row; what it says goes straight to
the sockets of this process, and by way of Redis to those of others.
"""

import asyncio
import contextvars
import logging
from collections.abc import Collection, Coroutine
from contextlib import aclosing
from itertools import count
from typing import Any, Final, TypeAlias
from uuid import UUID

import psycopg

from askorac.sealing import KeyRevoked, KeysAway, keyrings
from askorac.web.logs import LogEvent, log

from . import turns
from .answering import AlreadyAsked, answer
from .events import Started, failed
from .feeds import Feed
from .following import fill
from .replay import Flusher, Reader, ask_to_stop

GRACE_SECONDS: Final = 15.0
FOLLOWING_GRACE_SECONDS: Final = 1.0
RENEW_SECONDS: Final = 2.5  # of a lease of ten; every second renewal is a checkpoint of the text
RENEWING_SECONDS: Final = 2.0
LAST_FRAMES_SECONDS: Final = 2.0
RECORDING_SECONDS: Final = 12.0
AGAIN_SECONDS: Final = 0.5
MOST_TURNS: Final = 2_000
MOST_BEGINNING: Final = 32  # so that those who hold a lease find a connection to renew it

# A conversation, and the client's own id of a question in it.
Name: TypeAlias = tuple[UUID, UUID]
Work: TypeAlias = Coroutine[Any, Any, None]


class NotNow(Exception):
    """This process takes no question for the moment: it is ending, or has its hands full."""


class LiveTurn:
    """One turn, and the task that fills its feed: by answering, or by following another process."""

    def __init__(self, key: turns.TurnKey, *, is_ours: bool) -> None:
        self.key = key
        self.is_ours = is_ours
        self.feed = Feed(on_heard=self._heard)
        self._grace = GRACE_SECONDS if is_ours else FOLLOWING_GRACE_SECONDS
        self._leaving: asyncio.TimerHandle | None = None
        self._code = ""

    def begin(self, work: Work) -> asyncio.Task[None]:
        """Start the task. If nobody comes to listen, it stops after the grace."""
        self.task = spawn(work)
        self.task.add_done_callback(self._ended)
        self._heard(False)
        return self.task

    @property
    def is_ending(self) -> bool:
        """Whether it was told to stop."""
        return bool(self._code)

    def stop(self, code: str = turns.STOPPED) -> None:
        """End the turn early; what was said is recorded first.

        It is told so until it ends: `asyncio.wait_for` of Python 3.11, which libraries use, loses
        a cancellation that comes just as its waiting is over.
        """
        self._code = self._code or code
        if not self.task.done():
            self.task.cancel(self._code)
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self.stop)

    def _heard(self, by_somebody: bool) -> None:
        if self._leaving:
            self._leaving.cancel()
            self._leaving = None
        if not by_somebody and not self.task.done():
            self._leaving = asyncio.get_running_loop().call_later(self._grace, self.stop)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._leaving:
            self._leaving.cancel()
        self.feed.tell(failed(self._code if task.cancelled() and self._code else "internal"))


class LiveTurns:
    """The turns that sockets of this process listen to."""

    def __init__(self) -> None:
        self._turns: dict[Name, LiveTurn] = {}
        self._flusher = Flusher()
        self._reader = Reader(on_stop=self._stop_ours)
        self._background: list[asyncio.Task[None]] = []
        self._beginning = asyncio.Semaphore(MOST_BEGINNING)
        self._is_closing = False

    def open(self) -> None:
        """Begin to exchange with other processes. Call it once, in the running event loop."""
        self._is_closing = False
        self._background = [spawn(self._flusher.run()), spawn(self._reader.run())]

    def find(self, conversation_id: UUID, client_id: UUID) -> Feed | None:
        """The feed of a turn that this process answers or follows."""
        turn = self._turns.get((conversation_id, client_id))
        return turn.feed if turn and not turn.is_ending else None

    def ask(self, question: turns.Question) -> Feed:
        """Answer a question; one that is being answered here already is not asked again.

        Raises NotNow.
        """
        known = self.find(question.key.conversation_id, question.client_id)
        if known is not None:
            return known
        if self._is_closing or len(self._turns) >= MOST_TURNS:
            raise NotNow
        turn = LiveTurn(question.key, is_ours=True)
        self._begin(turn, question.client_id, self._answer(turn, question))
        return turn.feed

    def attach(self, record: turns.Record) -> Feed:
        """The feed of a turn that was asked before, here or in another process."""
        known = self.find(record.key.conversation_id, record.client_id)
        if known is not None:
            return known
        turn = LiveTurn(record.key, is_ours=False)
        self._begin(turn, record.client_id, fill(turn.feed, record, self._reader))
        return turn.feed

    async def stop(self, conversation_id: UUID, client_id: UUID) -> None:
        """Stop an answer, whichever process gives it. Raises RedisError if that can't be told."""
        turn = self._turns.get((conversation_id, client_id))
        if turn is None:
            return
        if turn.is_ours:
            turn.stop()
        else:
            await ask_to_stop(turn.key.turn_id)

    async def drain(self, *, seconds: float) -> None:
        """Take no more questions, let the answers end, and interrupt those that take longer."""
        self._is_closing = True
        ours = [turn for turn in self._turns.values() if turn.is_ours]
        log(LogEvent.DRAINING, turns=len(ours))
        tasks = [turn.task for turn in ours]
        await _wait(tasks, seconds=seconds)
        for turn in ours:
            turn.stop(turns.INTERRUPTED)
        await _wait(tasks, seconds=RECORDING_SECONDS)
        await self._flusher.flush()
        await cancel(*self._background)
        silences = [spawn(turn.feed.silence()) for turn in ours]
        await _wait(silences, seconds=LAST_FRAMES_SECONDS)
        await cancel(*silences)

    def _begin(self, turn: LiveTurn, client_id: UUID, work: Work) -> None:
        name = turn.key.conversation_id, client_id
        self._turns[name] = turn

        def forget(_: asyncio.Task[None]) -> None:
            if self._turns.get(name) is turn:
                del self._turns[name]

        turn.begin(work).add_done_callback(forget)

    async def _answer(self, turn: LiveTurn, question: turns.Question) -> None:
        holding: asyncio.Task[None] | None = None
        try:
            async with aclosing(answer(question)) as events:
                async with self._beginning:
                    first = await anext(events)
                if isinstance(first, Started):
                    holding = spawn(_hold(turn))
                    self._flusher.add(turn.key, turn.feed)
                turn.feed.tell(first)
                async for event in events:
                    turn.feed.tell(event)
        except AlreadyAsked as asked:
            turn.is_ours = False
            await fill(turn.feed, asked.record, self._reader)
        except turns.LeaseLost:
            log(LogEvent.TURN_LEASE_LOST, turn=turn.key.turn_id)
            turn.stop(turns.INTERRUPTED)
        finally:
            if holding:
                holding.cancel()

    def _stop_ours(self, turn_id: UUID) -> None:
        for turn in self._turns.values():
            if turn.is_ours and turn.key.turn_id == turn_id:
                turn.stop()


async def _hold(turn: LiveTurn) -> None:
    """Renew the lease until cancelled; a lease that is lost stops the answer, and so does a key
    that is taken away, or that has not been granted for too long.

    A renewal that gets no answer is given up well before the lease ends, and soon tried again.
    """
    pause = RENEW_SECONDS
    for beat in count(1):
        await asyncio.sleep(pause)
        checkpoint = None if beat % 2 else turn.feed.text
        try:
            async with asyncio.timeout(RENEWING_SECONDS):
                await keyrings.ready(turn.key.organization_id)
                await turns.renew(turn.key, turns.FIRST_FENCE, checkpoint)
        except turns.LeaseLost:
            turn.stop(turns.INTERRUPTED)
            return
        except (KeyRevoked, KeysAway) as fault:
            turn.stop(fault.code)
            return
        except (psycopg.OperationalError, TimeoutError) as error:
            log(
                LogEvent.ROW_UNREACHABLE, level=logging.WARNING, turn=turn.key.turn_id, broken=error
            )
            pause = AGAIN_SECONDS
        else:
            pause = RENEW_SECONDS


async def _wait(tasks: Collection[asyncio.Task[None]], *, seconds: float) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)


async def cancel(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks until they have ended, for the reason that `LiveTurn.stop` gives."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=AGAIN_SECONDS)


def spawn(work: Work) -> asyncio.Task[None]:
    """A task with a context of its own: what its starter had open is not the task's.

    If it breaks, that is logged.
    """
    task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
    task.add_done_callback(_report)
    return task


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log(LogEvent.TURN_BROKE, level=logging.ERROR, broken=error)


live_turns = LiveTurns()
