"""One exchange in OpenAI's wire format, as a provider would hold it, or break it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

import numpy as np
import orjson

from keys.clients import EmbeddingSpace, Vectors, embedding_model

ANSWER: Final = "The passages answer this: it is written in the first of them [1]."
VECTOR_SPACE: Final = EmbeddingSpace.parse("local/all-minilm-l6-v2-int8/384")
DIMENSIONS: Final = {"text-embedding-3-large": 3072}
RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


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
    MUTE = "mute"

    RESET = "reset"
    CLOSED = "closed"
    MALFORMED = "malformed"
    ERROR_FRAME = "error-frame"
    HANG = "hang"


STATUSES: Final = {
    Fault.REJECTED: (401, "invalid_api_key"),
    Fault.FORBIDDEN: (403, "unsupported_country_region_territory"),
    Fault.LIMITED: (429, "rate_limit_exceeded"),
    Fault.NO_CREDIT: (429, "insufficient_quota"),
    Fault.UNKNOWN_MODEL: (404, "model_not_found"),
    Fault.TOO_LONG: (400, "context_length_exceeded"),
    Fault.BROKEN: (500, "server_error"),
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a request is answered. ``dimensions`` of 0 are those that the model has.

    Vectors are those of the local model, filled up with zeros, so that scores are lifelike;
    else they follow from the text's hash, which costs nothing.
    """

    fault: Fault = Fault.NONE
    after_tokens: int = 3
    retry_after: str = ""
    text: str = ANSWER
    finish_reason: str = "stop"
    first_token_seconds: float = 0.0
    token_seconds: float = 0.0
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
        key=headers.get("authorization", "").removeprefix("Bearer "),
        body=orjson.loads(body) if body else {},
    )


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request on its connection, and the behaviour that it meets with."""

    request: SeenRequest
    behaviour: Behaviour
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def hold(self) -> None:
        """Answer the request and note what became of it."""
        if self.behaviour.fault in STATUSES:
            self._refuse()
        elif self.behaviour.fault is Fault.MUTE:
            await self._wait_until_left()
        elif self.request.path.endswith("/embeddings"):
            await self._send_vectors()
        else:
            await self._stream()

    def send_json(self, status: int, body: Any, *headers: str) -> None:
        """Send a whole answer."""
        self.request.status = status
        payload = orjson.dumps(body)
        self._send_head(status, "application/json", f"Content-Length: {len(payload)}", *headers)
        self.writer.write(payload)

    def _send_head(self, status: int, content_type: str, *headers: str) -> None:
        lines = (f"HTTP/1.1 {status} Status", f"Content-Type: {content_type}", *headers, "", "")
        self.writer.write("\r\n".join(lines).encode("latin-1"))

    def _refuse(self) -> None:
        status, code = STATUSES[self.behaviour.fault]
        # Like some providers, repeat what a log should never hold.
        message = f"Incorrect API key provided: {self.request.key}"
        retry_after = self.behaviour.retry_after
        headers = [f"Retry-After: {retry_after}"] if retry_after else []
        self.send_json(status, {"error": {"message": message, "code": code}}, *headers)
        self.request.outcome = "complete"

    async def _wait_until_left(self) -> None:
        # A client that leaves closes its connection, or resets it.
        with suppress(ConnectionError):
            await self.reader.read()
        self.request.outcome = "left"

    async def _send_vectors(self) -> None:
        texts = self.request.body["input"]
        model = self.request.body["model"]
        length = self.behaviour.dimensions or self.request.body.get("dimensions", 0)
        await asyncio.sleep(self.behaviour.embedding_seconds)
        make = _lifelike_vectors if self.behaviour.is_lifelike else _quick_vectors
        vectors = await make(texts, length or DIMENSIONS.get(model, 1536))
        data = [
            {"object": "embedding", "index": index, "embedding": self._encoded(vector)}
            for index, vector in enumerate(vectors)
        ]
        # The order of the items is not promised: callers go by the index.
        self.send_json(200, {"object": "list", "model": model, "data": data[::-1]})
        self.request.outcome = "complete"

    def _encoded(self, vector: Any) -> Any:
        if not self.behaviour.sends_base64:
            return vector.tolist()
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()

    async def _stream(self) -> None:
        self._send_head(200, "text/event-stream", "Transfer-Encoding: chunked")
        self._send_frame(self._chunk({"role": "assistant", "content": ""}))
        tokens = re.findall(r"\S+\s*|\s+", self.behaviour.text)
        breaks_at = self.behaviour.after_tokens if self.behaviour.fault is not Fault.NONE else -1
        await asyncio.sleep(self.behaviour.first_token_seconds)
        for index, token in enumerate(tokens):
            if index == breaks_at:
                await self._break_off()
                return
            if self.reader.at_eof() or self.writer.transport.is_closing():
                self.request.outcome = "left"
                return
            self._send_frame(self._chunk({"content": token}))
            await asyncio.sleep(self.behaviour.token_seconds)
        self._send_end(len(tokens))

    async def _break_off(self) -> None:
        await self.writer.drain()
        fault = self.behaviour.fault
        self.request.outcome = "failed"
        if fault is Fault.HANG:
            await self._wait_until_left()
        elif fault is Fault.RESET:
            connection = self.writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self.writer.transport.abort()
        elif fault is Fault.CLOSED:
            self.writer.write(b"0\r\n\r\n")
        elif fault is Fault.MALFORMED:
            self._send_frame(b'{"choices": [{"delta": {"content": "hal')
            self.writer.write(b"0\r\n\r\n")
        else:
            error = {"message": f"Failed for {self.request.key}", "code": "server_error"}
            self._send_frame(orjson.dumps({"error": error}))
            self.writer.write(b"0\r\n\r\n")

    def _send_end(self, token_count: int) -> None:
        self._send_frame(self._chunk({}, finish_reason=self.behaviour.finish_reason))
        if self.behaviour.counts_tokens:
            usage = {"prompt_tokens": 100, "completion_tokens": token_count}
            self._send_frame(orjson.dumps({"choices": [], "usage": usage}))
        self._send_frame(b"[DONE]")
        self.writer.write(b"0\r\n\r\n")
        self.request.outcome = "complete"

    def _chunk(self, delta: dict[str, str], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        model = self.request.body.get("model", "")
        return orjson.dumps(
            {"object": "chat.completion.chunk", "model": model, "choices": [choice]}
        )

    def _send_frame(self, payload: bytes) -> None:
        frame = b"data: " + payload + b"\n\n"
        self.writer.write(b"%x\r\n%b\r\n" % (len(frame), frame))


async def _quick_vectors(texts: list[str], length: int) -> Vectors:
    seeds = (int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts)
    rows = [np.random.default_rng(seed).normal(size=length) for seed in seeds]
    return np.asarray(rows, dtype=np.float32)


async def _lifelike_vectors(texts: list[str], length: int) -> Vectors:
    vectors = await embedding_model(VECTOR_SPACE).embed(texts)
    padding = max(0, length - VECTOR_SPACE.dimensions)
    return np.pad(vectors, ((0, 0), (0, padding)))[:, :length]
