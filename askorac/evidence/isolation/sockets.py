"""The socket of visitors: `one`'s door is shown what the other's door gave out."""

import asyncio
import json
from collections.abc import AsyncIterator, Container, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from channels.routing import URLRouter
from django.conf import settings

from conversations import turns
from conversations.frames import SUBPROTOCOL
from conversations.models import Conversation
from conversations.routing import routes
from conversations.visitors import Visitor, resume_token

from .asking import ADDRESS
from .attempts import Attempt, held, works
from .decoys import Side

PART: Final = "Sockets"
SUBJECT: Final = "/ws/chat/<public key>/"
WAIT_SECONDS: Final = 10.0
# What is another one each time.
PASSING: Final = ("conversation", "resume", "feedback")
# What is told of an answer that is still being given, whatever was asked meanwhile.
_TELLING: Final = {"started", "token", "citations"}

Frame = Mapping[str, Any]


def socket_attempts(one: Side, other: Side) -> Iterator[Attempt]:
    """A resume token, a turn and a message of the other, shown at `one`'s door."""
    yield from asyncio.run(_all(one, other))


async def _all(one: Side, other: Side) -> list[Attempt]:
    await turns.open_pool()
    try:
        return [
            await _own(other),
            await _foreign_token(one, other),
            await _foreign_message(one, other),
            await _unknown_door(),
        ]
    finally:
        await turns.close_pool()


async def _own(side: Side) -> Attempt:
    """That a token opens its conversation, where it is shown at its own door."""
    ready = await _said(_public_key(side), _hello(_token(side)))
    count = len(ready.get("messages", ()))
    result = f"{ready.get('type')}, {count} messages"
    by = "the other's visitor, at the other's door"
    return Attempt(PART, SUBJECT, by, "hello with its token", result, works(count > 0))


async def _foreign_token(one: Side, other: Side) -> Attempt:
    theirs = await _said(_public_key(one), _hello(_token(other), turn=other.key("Turn")))
    none = await _said(_public_key(one), _hello("made-up", turn=uuid4()))
    is_new = theirs.get("conversation") != str(other.key("Conversation"))
    is_held = is_new and not theirs.get("messages") and _same(theirs, none)
    return _attempt("hello with the other's token and turn", theirs, none, is_held)


async def _foreign_message(one: Side, other: Side) -> Attempt:
    own = _hello(_token(one))
    theirs = await _said(_public_key(one), own, _rating(other.key("Message")))
    none = await _said(_public_key(one), own, _rating(uuid4()))
    is_held = theirs.get("type") == "failed" and _same(theirs, none)
    return _attempt("a rating of the other's message", theirs, none, is_held)


async def _unknown_door() -> Attempt:
    """A public key is public. One that names nothing is closed upon."""
    answer = await _said("pk_nothing", _hello(""))
    result = f"closed with {answer.get('code')}"
    return Attempt(PART, SUBJECT, "anybody", "a made-up key", result, held("code" in answer))


def _attempt(tried: str, theirs: Frame, none: Frame, is_held: bool) -> Attempt:
    same = "the same as" if _same(theirs, none) else "not the same as"
    result = f"{theirs.get('type')}, {same} for ids that don't exist"
    return Attempt(PART, SUBJECT, "another project's visitor", tried, result, held(is_held))


def _same(first: Frame, second: Frame) -> bool:
    return _lasting(first) == _lasting(second)


def _lasting(frame: Frame) -> dict[str, Any]:
    return {name: value for name, value in frame.items() if name not in PASSING}


def _hello(token: str, turn: UUID | None = None) -> Frame:
    return {"type": "hello", "resume": token, "turn": str(turn) if turn else None}


def _rating(message: UUID) -> Frame:
    return {"type": "feedback", "message": str(message), "value": -1}


def _token(side: Side) -> str:
    row = side.rows[Conversation]
    assert isinstance(row, Conversation)
    visitor = Visitor(row.visitor_id, row.pk, row.channel, is_new=False)
    return resume_token(visitor, project_id=side.key("Project"))


def _public_key(side: Side) -> str:
    row = next(row for model, row in side.rows.items() if model.__name__ == "Project")
    return str(row.public_key)  # type: ignore[attr-defined]  # a project has one


async def _said(public_key: str, *frames: Frame) -> Frame:
    """What the door says to the last of these frames; its code if it closes."""
    async with _socket(public_key) as socket:
        answer: Frame = {}
        for frame in frames:
            await socket.incoming.put(
                {"type": "websocket.receive", "text": json.dumps(frame), "bytes": None}
            )
            answer = await socket.heard(but=_TELLING)
        return answer


@dataclass(slots=True)
class _Socket:
    incoming: asyncio.Queue[Frame] = field(default_factory=asyncio.Queue)
    outgoing: asyncio.Queue[Frame] = field(default_factory=asyncio.Queue)

    async def heard(self, *, but: Container[str]) -> Frame:
        """The next frame that is of none of these types, or how the socket was closed."""
        while True:
            message = await asyncio.wait_for(self.outgoing.get(), WAIT_SECONDS)
            if message["type"] == "websocket.close":
                return {"type": "closed", "code": message.get("code")}
            if message["type"] == "websocket.send":
                frame: Frame = json.loads(message["text"])
                if frame["type"] not in but:
                    return frame


@asynccontextmanager
async def _socket(public_key: str) -> AsyncIterator[_Socket]:
    """A socket of a page of ours, carried by nothing but this process."""
    socket = _Socket()
    scope = {
        "type": "websocket",
        "path": f"/ws/chat/{public_key}/",
        "headers": [(b"origin", settings.PUBLIC_URL.encode())],
        "client": [ADDRESS, 0],
        "subprotocols": [SUBPROTOCOL],
    }
    application = URLRouter(routes)
    running = asyncio.create_task(application(scope, socket.incoming.get, socket.outgoing.put))
    await socket.incoming.put({"type": "websocket.connect"})
    try:
        yield socket
    finally:
        await socket.incoming.put({"type": "websocket.disconnect", "code": 1000})
        await running
