"""An answer as Server-Sent Events: `token`, `sources`, `confidence`, then `done` or `error`.

The same events as a socket's, under the names of the HTTP contract. While nothing is said, a
comment every few seconds keeps proxies from taking the connection for dead.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

from .doors import Contact
from .events import Citations, Failed, Finished, Started
from .feeds import Feed, Piece, Told
from .frames import citation_of, offer

MEDIA_TYPE: Final = "text/event-stream"
# `X-Accel-Buffering` is what nginx goes by, and others after it.
HEADERS: Final = {
    "Content-Type": f"{MEDIA_TYPE}; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}
HEARTBEAT_SECONDS: Final = 15.0
HEARTBEAT: Final = b": waiting\n\n"


def event(kind: str, **fields: Any) -> bytes:
    """One event; its data is a JSON object on one line."""
    data = json.dumps(fields, separators=(",", ":"))
    return f"event: {kind}\ndata: {data}\n\n".encode()


async def telling(feed: Feed, *, contact: Contact | None) -> AsyncGenerator[bytes, None]:
    """An answer from its beginning to its end, with heartbeats; one event or more in each part."""
    async with aclosing(feed.follow()) as told:
        coming = asyncio.ensure_future(anext(told, None))
        try:
            while True:
                done, _ = await asyncio.wait({coming}, timeout=HEARTBEAT_SECONDS)
                if not done:
                    yield HEARTBEAT
                    continue
                if (each := coming.result()) is None:
                    return
                if part := _part(each, feed, contact):
                    yield part
                coming = asyncio.ensure_future(anext(told, None))
        finally:
            coming.cancel()
            await asyncio.wait({coming})


def _part(told: Told, feed: Feed, contact: Contact | None) -> bytes:
    match told:
        case Started():
            return b""
        case Piece(at, text):
            return event("token", text=text, at=at)
        case Citations(items):
            return event("sources", sources=[citation_of(each) for each in items])
        case Failed():
            return failure(told)
        case Finished():
            outcome = {"confidence": told.confidence, "answered": told.is_answered}
            return event("confidence", **outcome) + event(
                "done",
                message_id=str(feed.started.message_id) if feed.started else None,
                text=told.text,
                **outcome,
                **offer(contact, is_answered=told.is_answered),
            )


def failure(why: Failed) -> bytes:
    """Why there is no answer, or no more of it."""
    wait = {} if why.retry_after is None else {"retry_after": why.retry_after}
    return event("error", code=why.code, message=why.sentence, **wait)
