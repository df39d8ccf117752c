"""An answer as Server-Sent Events, and who listens to it over HTTP."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any
from uuid import uuid4

import pytest

from askorac.web.late import LateResponse, give
from conversations import sse
from conversations.doors import Contact
from conversations.events import Finished, Started, Token, failed
from conversations.feeds import Feed

STARTED = Started(uuid4())
UNKNOWN = Finished("No.", 0.1, False, (), "", "", None, None)
CONTACT = Contact("Write to us", "mailto:desk@shop.example")


async def heard(feed: Feed, contact: Contact | None = None) -> list[bytes]:
    async with aclosing(sse.telling(feed, contact=contact)) as parts:
        return [part async for part in parts]


async def test_answer_that_is_not_known_offers_the_contact() -> None:
    feed = Feed()
    for event in (STARTED, Token("No."), UNKNOWN):
        feed.tell(event)
    told = b"".join(await heard(feed, CONTACT)).decode()
    assert told.splitlines()[:2] == ["event: token", 'data: {"text":"No.","at":0}']
    assert told.count('"contact":{"label":"Write to us","url":"mailto:desk@shop.example"}') == 1
    assert "contact" not in b"".join(await heard(feed)).decode()


async def test_line_break_does_not_end_an_event() -> None:
    feed = Feed()
    for event in (STARTED, Token("One\n\ndata: two\r\u2028"), failed("stopped")):
        feed.tell(event)
    token, error = await heard(feed)
    assert token.count(b"\n") == 3
    assert error.startswith(b'event: error\ndata: {"code":"stopped"')


async def test_silence_is_broken_by_a_comment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT_SECONDS", 0.01)
    feed = Feed()
    feed.tell(STARTED)
    async with aclosing(sse.telling(feed, contact=None)) as parts:
        assert await anext(parts) == sse.HEARTBEAT
        assert await anext(parts) == sse.HEARTBEAT
        feed.tell(Token("Now."))
        assert (await anext(parts)).startswith(b"event: token")


async def test_client_that_leaves_is_no_listener_any_more() -> None:
    feed, sent = Feed(), []
    feed.tell(STARTED)
    feed.tell(Token("Half an"))
    has_come = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await has_come.wait()
        return {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)
        if message.get("body"):
            has_come.set()

    def parts(response: LateResponse) -> AsyncGenerator[bytes, None]:
        return sse.telling(feed, contact=None)

    async with asyncio.timeout(60):
        await give(LateResponse(parts), receive, send)
        await feed.silence()
    assert [each["type"] for each in sent] == ["http.response.start", "http.response.body"]


async def test_response_that_breaks_before_it_began_is_a_problem() -> None:
    sent: list[Mapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return await asyncio.Event().wait() or {}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    async def parts(response: LateResponse) -> AsyncGenerator[bytes, None]:
        raise RuntimeError(f"secret {response.status_code}")
        yield b""

    await give(LateResponse(parts), receive, send)
    assert sent[0]["status"] == 500
    assert dict(sent[0]["headers"])[b"Content-Type"] == b"application/problem+json"
    assert b"secret" not in sent[1]["body"]
    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
