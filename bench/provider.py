"""A provider on the loopback that is never what is waited for: `python -m bench.provider PORT`.

It speaks OpenAI's wire format. Tokens are made once and sent at a steady pace; vectors come from
the words of a text, so that texts with the same words are near each other. `POST /behave` changes
how it answers from then on.
"""

import asyncio
import base64
import json
import re
import sys
import urllib.request
import zlib
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
import orjson

from askorac.testing.openai_wire import SeenRequest, read_request

MODELS: Final = ("gpt-4o-mini", "gpt-4o", "text-embedding-3-small")
SENTENCE: Final = (
    "A parcel that was ordered by mistake comes back within thirty days at no cost [1]. "
)
TOKENS_A_SENTENCE: Final = len(SENTENCE.split())
PLACES_A_WORD: Final = 8
_WORDS: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Pace:
    """How questions are answered: so many tokens, so many a second, and vectors after a while.

    Whole sentences are said: `tokens` is rounded up to them.
    """

    tokens: int = 30
    tokens_a_second: float = 100.0
    embedding_seconds: float = 0.0

    @property
    def text(self) -> str:
        """The whole answer."""
        return (SENTENCE * -(-self.tokens // TOKENS_A_SENTENCE)).rstrip()

    @property
    def token_count(self) -> int:
        """How many tokens the answer has."""
        return len(self.text.split())


class Provider:
    """One process: it answers all requests as `pace` says."""

    def __init__(self) -> None:
        self.pace = Pace()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, one after the other."""
        try:
            while request := await read_request(reader):
                await self._answer(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the client left
        finally:
            writer.close()

    async def _answer(self, request: SeenRequest, writer: asyncio.StreamWriter) -> None:
        if request.path == "/behave":
            self.pace = Pace(**request.body)
            writer.write(_json_answer({}))
        elif request.path.endswith("/embeddings"):
            await self._embed(request, writer)
        elif request.path.endswith("/models"):
            data = [{"id": name, "object": "model"} for name in MODELS]
            writer.write(_json_answer({"object": "list", "data": data}))
        else:
            await self._stream(writer)

    async def _embed(self, request: SeenRequest, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self.pace.embedding_seconds
        length = int(request.body.get("dimensions") or 1536)
        data = [
            {"object": "embedding", "index": index, "embedding": _encoded_vector(text, length)}
            for index, text in enumerate(request.body["input"])
        ]
        answer = _json_answer({"object": "list", "model": request.body["model"], "data": data})
        # What making them took is part of the wait, as it is with a provider.
        await asyncio.sleep(due - loop.time())
        writer.write(answer)

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        pace, loop = self.pace, asyncio.get_running_loop()
        head, chunks, end = _wire(pace.text)
        writer.write(head)
        due = loop.time()
        for chunk in chunks:
            if writer.transport.is_closing():
                return
            writer.write(chunk)
            due += 1 / pace.tokens_a_second
            await asyncio.sleep(due - loop.time())
        writer.write(end)


def _json_answer(body: object) -> bytes:
    payload = orjson.dumps(body)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(payload)}"
    return head.encode() + b"\r\n\r\n" + payload


@lru_cache(maxsize=16)
def _wire(text: str) -> tuple[bytes, list[bytes], bytes]:
    """An answer as it goes over the wire: its head, a chunk a token, and its end."""
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    words = re.findall(r"\S+\s*", text)
    chunks = [_chunk(_delta({"content": word}, None)) for word in words]
    usage = {"prompt_tokens": 900, "completion_tokens": len(words)}
    end = [_delta({}, "stop"), orjson.dumps({"choices": [], "usage": usage}), b"[DONE]"]
    opening = _chunk(_delta({"role": "assistant", "content": ""}, None))
    return head + opening, chunks, b"".join(map(_chunk, end)) + b"0\r\n\r\n"


def _delta(delta: dict[str, str], finish_reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return orjson.dumps(
        {
            "id": "chatcmpl-bench0000000000000000000000",
            "object": "chat.completion.chunk",
            "created": 1_900_000_000,
            "model": "gpt-4o-mini",
            "service_tier": "default",
            "system_fingerprint": "fp_0000000000",
            "choices": [choice],
        }
    )


def _chunk(payload: bytes) -> bytes:
    frame = b"data: " + payload + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(frame), frame)


@lru_cache(maxsize=4_096)
def _encoded_vector(text: str, length: int) -> str:
    vector = np.zeros(length, "<f4")
    places = [place for word in _WORDS.findall(text.lower()) for place in _places(word, length)]
    np.add.at(vector, np.asarray(places, np.int64), 1.0)
    vector[0] += 1e-3  # a text without words has a direction, too
    return base64.b64encode((vector / np.linalg.norm(vector)).astype("<f4").tobytes()).decode()


@lru_cache(maxsize=65_536)
def _places(word: str, length: int) -> tuple[int, ...]:
    return tuple(zlib.crc32(f"{word}/{n}".encode()) % length for n in range(PLACES_A_WORD))


def behave(base_url: str, pace: Pace) -> None:
    """Tell a running provider how to answer from now on."""
    body = json.dumps(asdict(replace(pace))).encode()
    address = base_url.removesuffix("/v1") + "/behave"
    urllib.request.urlopen(urllib.request.Request(address, data=body), timeout=10).close()


async def serve(port: int) -> None:
    """Serve until killed."""
    server = await asyncio.start_server(Provider().converse, "127.0.0.1", port, backlog=2_048)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
