"""What a visitor and a project say to each other over one socket."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final
from uuid import UUID

from django.conf import settings
from redis import RedisError

from askorac.sealing import KeyRevoked, KeysAway, keyrings
from askorac.tenancy.context import in_context
from askorac.tenancy.signing import Context
from askorac.web.logs import LogEvent, log

from . import frames, turns
from .asking import RETRY_SECONDS, NotTaken, put_question
from .doors import Door
from .entrance import Admission
from .events import Failed, failed
from .feedback import rate
from .feeds import Feed
from .incoming import Asking
from .models import Channel
from .presence import EVERY_SECONDS, note_presence
from .streaming import live_turns, spawn
from .transcripts import Line, read_lines
from .visitors import Visitor, recognise, resume_token

NO_HELLO: Final = "Nothing was asked: the page has not said hello. Reload it and ask again."
NO_HELLO_TO_RATE: Final = "Nothing was kept: the page has not said hello. Reload it."
NOTHING_TO_RATE: Final = "Nothing was kept: this conversation has no such answer."
ONE_AT_A_TIME: Final = "One question at a time. Wait for the answer, or stop it."


class Exchange:
    """One socket's conversation: it is opened by a hello, and hears one answer at a time."""

    def __init__(self, *, address: str, send: Callable[[str], Awaitable[None]]) -> None:
        self._address = address
        self._send = send
        self._visitor: Visitor | None = None
        self._page_url = ""
        self._asked: UUID | None = None
        self._telling: asyncio.Task[None] | None = None
        self._noted_at: float | None = None

    async def take(self, text: str, admission: Admission) -> None:
        """Do what a frame asks for; what can't be done is answered with `failed`."""
        try:
            match frames.read_frame(text):
                case frames.Hello() as hello:
                    await self._hello(hello, admission)
                case Asking() as ask:
                    await self._ask(ask, admission)
                case frames.Feedback() as feedback:
                    await self._rate(feedback, admission)
                case frames.Stop():
                    await self._stop()
                case frames.Ping():
                    await self._send(frames.pong())
        except frames.BadFrame as bad:
            refused = Failed(bad.code, bad.sentence, None)
            await self._send(frames.refusing(refused, client_id=bad.client_id, rated=bad.rated))

    async def stay(self, admission: Admission, *, now: float) -> None:
        """The socket is open: the visitor is there, which is written down every few minutes.

        `now` is in seconds of a steady clock.
        """
        if self._visitor and (self._noted_at is None or now - self._noted_at >= EVERY_SECONDS):
            self._noted_at = now
            await note_presence(_context(self._visitor, admission.door))

    async def part(self, door: Door) -> None:
        """The socket is closed: its visitor was there until now."""
        if self._visitor:
            await note_presence(_context(self._visitor, door))

    def leave(self) -> None:
        """Listen no longer. The answer goes on for a while, for a visitor who comes back."""
        if self._telling:
            self._telling.cancel()

    async def _hello(self, hello: frames.Hello, admission: Admission) -> None:
        """Open the conversation, and go on with an answer that is still being given."""
        self.leave()
        door = admission.door
        visitor = recognise(
            hello.resume,
            project_id=door.project_id,
            member_id=admission.member_id,
            channel=_channel(hello.page_url),
        )
        self._visitor, self._page_url = visitor, hello.page_url
        closed = None
        try:
            lines, unfinished = await _resume(visitor, door)
        except (KeyRevoked, KeysAway) as fault:
            lines, unfinished, closed = (), None, failed(fault.code)
        ready = frames.ready(
            conversation_id=visitor.conversation_id,
            resume=resume_token(visitor, project_id=door.project_id),
            door=door,
            lines=lines,
            closed=closed,
        )
        await self._send(ready)
        if unfinished:
            at = hello.at if hello.turn == unfinished.client_id else 0
            self._listen(live_turns.attach(unfinished), unfinished.client_id, door, at=at)

    async def _ask(self, ask: Asking, admission: Admission) -> None:
        visitor = self._visitor
        if visitor is None or not visitor.suits(admission.member_id):
            raise frames.BadFrame(NO_HELLO, client_id=ask.id)
        if self._telling and not self._telling.done():
            if ask.id == self._asked:
                return
            raise frames.BadFrame(ONE_AT_A_TIME, client_id=ask.id)
        asking = ask if ask.page_url else replace(ask, page_url=self._page_url)
        try:
            feed = await put_question(
                asking, visitor=visitor, door=admission.door, address=self._address
            )
        except NotTaken as refused:
            await self._send(frames.refusing(refused.why, client_id=ask.id))
        else:
            self._listen(feed, ask.id, admission.door)

    async def _stop(self) -> None:
        if self._visitor is None or self._asked is None:
            return
        try:
            await live_turns.stop(self._visitor.conversation_id, self._asked)
        except RedisError as error:
            log(LogEvent.REPLAY_UNREACHABLE, level=logging.WARNING, broken=error)
            unreachable = failed("unavailable", retry_after=RETRY_SECONDS)
            await self._send(frames.refusing(unreachable, client_id=None))

    async def _rate(self, feedback: frames.Feedback, admission: Admission) -> None:
        visitor, door = self._visitor, admission.door
        if visitor is None or not visitor.suits(admission.member_id):
            raise frames.BadFrame(NO_HELLO_TO_RATE, rated=feedback.message)
        try:
            await keyrings.ready(door.organization_id)
        except (KeyRevoked, KeysAway) as fault:
            refused = failed(fault.code)
            await self._send(frames.refusing(refused, client_id=None, rated=feedback.message))
            return
        is_kept = await in_context(
            _context(visitor, door),
            rate,
            conversation_id=visitor.conversation_id,
            message_id=feedback.message,
            rating=feedback.rating,
        )
        if not is_kept:
            raise frames.BadFrame(NOTHING_TO_RATE, rated=feedback.message)
        await self._send(frames.rated(feedback))

    def _listen(self, feed: Feed, client_id: UUID, door: Door, *, at: int = 0) -> None:
        self._asked = client_id
        self._telling = spawn(self._tell(feed, client_id, door, at))

    async def _tell(self, feed: Feed, client_id: UUID, door: Door, at: int) -> None:
        async with aclosing(feed.follow(at)) as told:
            async for each in told:
                message_id = feed.started.message_id if feed.started else None
                frame = frames.telling(
                    each, client_id=client_id, message_id=message_id, contact=door.contact
                )
                await self._send(frame)


async def _resume(visitor: Visitor, door: Door) -> tuple[Sequence[Line], turns.Record | None]:
    """What was said before, and the answer that is still being given, if the visitor comes back.

    Raises KeyRevoked or KeysAway, for a new visitor too, who is told before asking.
    """
    await keyrings.ready(door.organization_id)
    if visitor.is_new:
        return (), None
    lines = await in_context(_context(visitor, door), read_lines, visitor.conversation_id)
    unfinished = await turns.read_unfinished(
        organization_id=door.organization_id,
        project_id=door.project_id,
        conversation_id=visitor.conversation_id,
    )
    return lines, unfinished


def _context(visitor: Visitor, door: Door) -> Context:
    return Context(door.organization_id, door.project_id, visitor.conversation_id)


def _channel(page_url: str) -> str:
    is_full_page = page_url.startswith(f"{settings.PUBLIC_URL}/chat/")
    return Channel.PAGE if is_full_page else Channel.WIDGET
