"""Visitors at their sockets, and the web processes that they visit."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from .product import Process
from .reserving import is_listened_on, reserved_port

SUBPROTOCOL = Subprotocol("orac.v1")
WAIT_SECONDS = 60.0
START_SECONDS = 120.0

Frame: TypeAlias = dict[str, Any]
Server: TypeAlias = Literal["daphne", "uvicorn"]


@dataclass
class Web:
    """A web process that answers on the loopback."""

    port: int
    process: Process

    def wait_until_it_answers(self) -> None:
        """Fails with its output if it doesn't."""
        until = time.monotonic() + START_SECONDS
        while not is_listened_on(self.port):
            popen = self.process.popen
            if time.monotonic() > until or popen is None or popen.poll() is not None:
                raise AssertionError(f"It did not start:\n{self.process.output.read_text()}")
            time.sleep(0.02)


@contextmanager
def running_web(folder: Path, server: Server = "daphne", **settings: str) -> Iterator[Web]:
    """A web process on a free port; `settings` are further environment variables."""
    port = reserved_port()
    command = {
        "daphne": ("manage.py", "serve", "--port", str(port)),
        "uvicorn": ("-m", "uvicorn", "askorac.asgi:application", "--port", str(port)),
    }[server]
    environment = {**os.environ, **settings}
    environment.pop("ASKORAC_AS_OWNER", None)
    web = Web(port, Process(server, command, environment, folder / f"{server}-{port}.log"))
    web.process.start()
    try:
        web.wait_until_it_answers()
        yield web
    finally:
        web.process.stop()


@dataclass
class Heard:
    """What an answer told. `text` is put together from its tokens, `pieces` are their offsets."""

    text: str = ""
    pieces: list[tuple[int, int]] = field(default_factory=list)
    started: Frame = field(default_factory=dict)
    citations: list[Frame] = field(default_factory=list)
    end: Frame = field(default_factory=dict)

    def take(self, frame: Frame) -> None:
        """The next frame of the answer. Fails if a token is not where the text ends, or at 0."""
        match frame["type"]:
            case "started":
                self.started = frame
            case "token":
                assert frame["to"] == frame["at"] + len(frame["text"])
                self.text = "" if frame["at"] == 0 else self.text
                assert frame["at"] == len(self.text)
                self.text += frame["text"]
                self.pieces.append((frame["at"], frame["to"]))
            case "citations":
                self.citations = frame["items"]
            case _:
                self.end = frame


class Visitor:
    """One socket, from the visitor's side."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.ready: Frame = {}

    @classmethod
    @asynccontextmanager
    async def at(
        cls,
        web: Web,
        public_key: str,
        *,
        origin: str | None = "https://shop.example",
        path: str = "",
        cookie: str = "",
        address: str = "127.0.0.1",
        subprotocols: tuple[str, ...] = (SUBPROTOCOL,),
    ) -> AsyncIterator[Self]:
        """A socket that is open; `address` is the loopback address that it comes from."""
        async with connect(
            f"ws://127.0.0.1:{web.port}{path or f'/ws/chat/{public_key}/'}",
            origin=None if origin is None else Origin(origin),
            subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            additional_headers={"Cookie": cookie} if cookie else None,
            local_addr=(address, 0),
            open_timeout=WAIT_SECONDS,
            compression=None,
            max_size=None,
        ) as connection:
            yield cls(connection)

    async def say(self, kind: str, **fields: Any) -> None:
        """One frame to the server."""
        await self.connection.send(json.dumps({"type": kind, **fields}))

    async def hear(self) -> Frame:
        """The next frame; fails if none comes."""
        frame: Frame = json.loads(await asyncio.wait_for(self.connection.recv(), WAIT_SECONDS))
        return frame

    async def hello(self, **fields: Any) -> Frame:
        """Say hello; returns the `ready` frame."""
        await self.say("hello", **fields)
        self.ready = await self.hear()
        assert self.ready["type"] == "ready", self.ready
        return self.ready

    async def ask(self, question: str, *, client_id: str = "", **fields: Any) -> str:
        """Ask; returns the client's id of the question."""
        client_id = client_id or str(uuid4())
        await self.say("ask", id=client_id, question=question, **fields)
        return client_id

    async def answer(self, heard: Heard | None = None, *, until: int | None = None) -> Heard:
        """Listen to the end of the answer, or until `until` characters of it have come."""
        heard = heard or Heard()
        while not heard.end and (until is None or len(heard.text) < until):
            heard.take(await self.hear())
        return heard

    async def closed(self) -> int | None:
        """The code with which the server closes; frames before that are passed over."""
        try:
            while True:
                await asyncio.wait_for(self.connection.recv(), WAIT_SECONDS)
        except ConnectionClosed:
            return self.connection.close_code
