"""One exchange with a provider, as it would hold it, or break it; the same for every wire format.

A format is a subclass of Exchange that knows how its frames and refusals look.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Final, Literal

import orjson

ANSWER: Final = "The passages answer this: it is written in the first of them [1]."
RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
# A reset throws away what lies unread in the client's kernel: so long it has to read it.
READING_SECONDS: Final = 0.4
READING_TIMES: Final = 20
END_OF_BODY: Final = b"0\r\n\r\n"
LOOK_SECONDS: Final = 0.01


class Fault(StrEnum):
    """What goes wrong. Those of the second group come after some tokens of the answer."""

    NONE = "none"
    REJECTED = "rejected"
    FORBIDDEN = "forbidden"
    LIMITED = "limited"
    NO_CREDIT = "no-credit"
    UNKNOWN_MODEL = "unknown-model"
    TOO_LONG = "too-long"
    BROKEN = "broken"
    OVERLOADED = "overloaded"
    REDIRECTED = "redirected"
    MUTE = "mute"

    RESET = "reset"
    CLOSED = "closed"
    MALFORMED = "malformed"
    ERROR_FRAME = "error-frame"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a request is answered. ``dimensions`` of 0 are those that the model has.

    ``finish_reason`` is in the words of the wire format; empty is the usual one. ``calls`` are
    names of tools and their arguments as JSON, asked for after the text. ``location`` is where a
    redirect leads. After ``stops_at`` tokens an answer waits for ``go_on``, so that what is done in
    its middle is done there however long that takes.

    Vectors are those of the local model, filled up with zeros, so that scores are
    lifelike; else they follow from the text's hash, which costs nothing.
    """

    fault: Fault = Fault.NONE
    after_tokens: int = 3
    retry_after: str = ""
    location: str = ""
    text: str = ANSWER
    calls: tuple[tuple[str, str], ...] = ()
    finish_reason: str = ""
    first_token_seconds: float = 0.0
    token_seconds: float = 0.0
    stops_at: int = -1
    go_on: threading.Event = field(default_factory=threading.Event, compare=False)
    counts_tokens: bool = True
    sends_base64: bool = True
    dimensions: int = 0
    embedding_seconds: float = 0.0
    is_lifelike: bool = True


@dataclass(slots=True)
class SeenRequest:
    """A request and what became of it; ``left`` means that the client went before the end."""

    path: str
    headers: dict[str, str]
    key: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    outcome: Literal["open", "complete", "failed", "left"] = "open"
    status: int = 200


async def read_request(reader: asyncio.StreamReader) -> SeenRequest | None:
    """The next request of a connection; None when the client has closed it."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    request_line, *lines = head.decode("latin-1").rstrip().split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return SeenRequest(
        path=request_line.split()[1],
        headers=headers,
        key=_key_of(headers),
        body=orjson.loads(body) if body else {},
    )


def _key_of(headers: dict[str, str]) -> str:
    """The key, in whichever header the provider wants it."""
    own = headers.get("x-api-key") or headers.get("x-goog-api-key")
    return own or headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True, slots=True)
class Exchange(ABC):
    """A request on its connection, and the behaviour that it meets with."""

    request: SeenRequest
    behaviour: Behaviour
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    # The status of each refusal, and what the provider calls it.
    refusals: ClassVar[dict[Fault, tuple[int, str]]]
    half_a_frame: ClassVar[bytes]

    @abstractmethod
    def refusal(self, status: int, code: str, message: str) -> Any:
        """The body of an error."""

    @abstractmethod
    def opening(self) -> bytes:
        """What a stream begins with, framed."""

    @abstractmethod
    def said(self, token: str) -> bytes:
        """A token, framed."""

    @abstractmethod
    def called(self, index: int, name: str, arguments: str) -> bytes:
        """A tool call, framed, in as many pieces as the provider would send it."""

    @abstractmethod
    def ending(self, token_count: int) -> bytes:
        """What a complete stream ends with, framed: 100 tokens were read, of them 40 cached."""

    @abstractmethod
    def broken(self, message: str) -> bytes:
        """An error in the stream, framed."""

    async def answer_otherwise(self) -> bool:
        """Answer a request that is for no chat; False if it is for one."""
        return False

    async def hold(self) -> None:
        """Answer the request and note what became of it."""
        if self.behaviour.fault is Fault.REDIRECTED:
            self.send_json(307, {}, f"Location: {self.behaviour.location}")
        elif self.behaviour.fault in self.refusals:
            self._refuse()
        elif self.behaviour.fault is Fault.MUTE:
            await self._wait_until_left()
        elif not await self.answer_otherwise():
            await self._stream()

    def send_json(self, status: int, body: Any, *headers: str) -> None:
        """Send a whole answer."""
        self.request.status = status
        self.request.outcome = "complete"  # before who reads the answer can ask for it
        payload = orjson.dumps(body)
        self._send_head(status, "application/json", f"Content-Length: {len(payload)}", *headers)
        self.writer.write(payload)

    def _send_head(self, status: int, content_type: str, *headers: str) -> None:
        lines = (f"HTTP/1.1 {status} Status", f"Content-Type: {content_type}", *headers, "", "")
        self.writer.write("\r\n".join(lines).encode("latin-1"))

    def _refuse(self) -> None:
        status, code = self.refusals[self.behaviour.fault]
        # Like some providers, repeat what a log should never hold.
        message = f"Incorrect API key provided: {self.request.key}"
        retry_after = self.behaviour.retry_after
        headers = [f"Retry-After: {retry_after}"] if retry_after else []
        self.send_json(status, self.refusal(status, code, message), *headers)

    async def _wait_until_left(self) -> None:
        # A client that leaves closes its connection, or resets it.
        with suppress(ConnectionError):
            await self.reader.read()
        self.request.outcome = "left"

    async def _stream(self) -> None:
        self._send_head(200, "text/event-stream", "Transfer-Encoding: chunked")
        self._send(self.opening())
        tokens = re.findall(r"\S+\s*|\s+", self.behaviour.text)
        after, stop = self.behaviour.after_tokens, self.behaviour.stops_at
        breaks = self.behaviour.fault is not Fault.NONE and after < len(tokens)
        end = after if breaks else len(tokens)
        middle = stop if 0 <= stop < end else end
        await asyncio.sleep(self.behaviour.first_token_seconds)
        await self._say(tokens[:middle])
        if middle < end:
            await self._wait_to_go_on()
            await self._say(tokens[middle:end])
        if self._is_left():
            self.request.outcome = "left"
        elif breaks:
            await self._break_off()
        else:
            self._end(len(tokens))

    async def _say(self, tokens: list[str]) -> None:
        """Say tokens one after the other, or all at once where they take no time."""
        if not self.behaviour.token_seconds:
            self.writer.write(b"".join([_chunk(self.said(token)) for token in tokens]))
            return
        for token in tokens:
            if self._is_left():
                return
            self._send(self.said(token))
            await asyncio.sleep(self.behaviour.token_seconds)

    def _end(self, token_count: int) -> None:
        for index, (name, arguments) in enumerate(self.behaviour.calls):
            self._send(self.called(index, name, arguments))
        self.request.outcome = "complete"
        # In one: a client waits only so long for the end of the body.
        self.writer.write(_chunk(self.ending(token_count)) + END_OF_BODY)

    def _is_left(self) -> bool:
        return self.reader.at_eof() or self.writer.transport.is_closing()

    async def _wait_to_go_on(self) -> None:
        # The event is set in another thread.
        while not self.behaviour.go_on.is_set() and not self._is_left():  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)

    async def _break_off(self) -> None:
        await self.writer.drain()
        fault = self.behaviour.fault
        if fault is Fault.HANG:
            await self._wait_until_left()
            return
        self.request.outcome = "failed"
        if fault is Fault.RESET:
            if self.behaviour.after_tokens:
                for _ in range(READING_TIMES):  # a machine that stands still is not counted
                    await asyncio.sleep(READING_SECONDS / READING_TIMES)
            connection = self.writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self.writer.transport.abort()
        else:
            if fault is Fault.MALFORMED:
                self._send(self.half_a_frame)
            elif fault is Fault.ERROR_FRAME:
                self._send(self.broken(f"Failed for {self.request.key}"))
            self.writer.write(END_OF_BODY)

    def _send(self, frames: bytes) -> None:
        self.writer.write(_chunk(frames))


def _chunk(frames: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(frames), frames) if frames else b""


def frame(payload: Any, event: str = "") -> bytes:
    """A Server-Sent Event with JSON in it."""
    name = f"event: {event}\n".encode() if event else b""
    return name + b"data: " + orjson.dumps(payload) + b"\n\n"
