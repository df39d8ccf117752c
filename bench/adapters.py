"""What it costs to read a provider's stream: the adapters against plain aiohttp and orjson.

Each reads the same stream from the same server, a process of its own, in turns. The processor time
is this process's, that of asking through the vendor's SDK included.
"""

import asyncio
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import aiohttp
import orjson

from bench.figures import ADAPTERS, Detail, Figure, Measured
from keys.providers import connections
from keys.providers.accounts import Account, ProviderKey
from keys.providers.anthropic import AnthropicChat
from keys.providers.base import ChatModel, ChatRequest, Completion, PromptMessage
from keys.providers.gemini import GeminiChat
from keys.providers.openai import OpenAIChat

REQUEST: Final = ChatRequest(
    "Answer from the passages.", (PromptMessage("user", "May it come back?"),), "", (), 300
)
LISTENING: Final = re.compile(rb"Listening on (\S+)")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many streams run at once, and how many tokens each has, one after so many seconds."""

    streams: int = 50
    tokens: int = 300
    token_seconds: float = 0.01
    rounds: int = 5


@dataclass(frozen=True, slots=True)
class Wire:
    """A provider: its adapter, its server, and where and for what a plain client asks it."""

    name: str
    adapter: Callable[..., ChatModel]
    model: str
    path: str
    text_of: Callable[[Any], str]


class StreamCut(Exception):
    """An answer was not whole, so that what was measured of it means nothing."""


def _said_by_openai(chunk: Any) -> str:
    return (chunk["choices"][0]["delta"].get("content") or "") if chunk["choices"] else ""


def _said_by_anthropic(chunk: Any) -> str:
    return str(chunk["delta"]["text"]) if chunk["type"] == "content_block_delta" else ""


def _said_by_gemini(chunk: Any) -> str:
    return str(chunk["candidates"][0]["content"]["parts"][0]["text"])


WIRES: Final = (
    Wire("openai", OpenAIChat, "gpt-5.6-luna", "/chat/completions", _said_by_openai),
    Wire("anthropic", AnthropicChat, "claude-haiku-5-5", "/v1/messages", _said_by_anthropic),
    Wire(
        "gemini",
        GeminiChat,
        "gemini-3.5-flash",
        "/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse",
        _said_by_gemini,
    ),
)


def measure(sizes: Sizes | None = None) -> Measured:
    """The row of each adapter, and the microseconds of both sides."""
    results = [_compare(wire, sizes or Sizes()) for wire in WIRES]
    return Measured(
        tuple(figure for figure, _ in results),
        tuple(detail for _, details in results for detail in details),
    )


def _compare(wire: Wire, sizes: Sizes) -> tuple[Figure, tuple[Detail, ...]]:
    with _server(wire, sizes) as base_url:
        ours, plain = asyncio.run(_in_turns(wire, base_url, sizes))
    ratio = statistics.median(mine / bare for mine, bare in zip(ours, plain, strict=True))
    details = (
        Detail(f"reading a token from {wire.name}, adapter", statistics.median(ours), "µs"),
        Detail(f"reading a token from {wire.name}, plain", statistics.median(plain), "µs"),
    )
    return Figure(ADAPTERS[wire.name], ratio), details


async def _in_turns(wire: Wire, base_url: str, sizes: Sizes) -> tuple[list[float], list[float]]:
    """Microseconds a token of the adapter and of the plain client, round by round."""
    account = Account(ProviderKey("sk-bench"), base_url)
    model = wire.adapter(account=account, name=wire.model)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        readers = (partial(_by_adapter, model), partial(_plainly, session, wire, base_url))
        for read in readers:  # what is imported and opened at first is no cost of a token
            await _cost(read, Sizes(sizes.streams, sizes.tokens, rounds=1))
        rounds = [[await _cost(read, sizes) for read in readers] for _ in range(sizes.rounds)]
    await connections.close_all()
    return [ours for ours, _ in rounds], [plain for _, plain in rounds]


async def _cost(read: Callable[[], Awaitable[str]], sizes: Sizes) -> float:
    begun = time.process_time()
    answers = await asyncio.gather(*(read() for _ in range(sizes.streams)))
    spent = time.process_time() - begun
    if any(len(answer.split()) != sizes.tokens for answer in answers):
        raise StreamCut
    return spent / (sizes.streams * sizes.tokens) * 1e6


async def _by_adapter(model: ChatModel) -> str:
    said = [piece async for piece in model.stream(REQUEST)]
    if not isinstance(said[-1], Completion):
        raise StreamCut
    return "".join([piece for piece in said if isinstance(piece, str)])


async def _plainly(session: aiohttp.ClientSession, wire: Wire, base_url: str) -> str:
    async with session.post(base_url + wire.path, json={"stream": True}) as response:
        said = [
            wire.text_of(orjson.loads(line[6:]))
            async for line in response.content
            if line.startswith(b"data: ") and not line.startswith(b"data: [DONE]")
        ]
    return "".join(said)


@contextmanager
def _server(wire: Wire, sizes: Sizes) -> Iterator[str]:
    """The base address of a server of the wire format, in a process of its own."""
    text = " ".join(["returned"] * sizes.tokens)
    command = [sys.executable, "-m", f"askorac.testing.{wire.name}_server", "--text", text]
    command += ["--token-seconds", str(sizes.token_seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = LISTENING.match(process.stdout.readline())
        try:
            if told is None:
                raise StreamCut
            yield told[1].decode()
        finally:
            process.terminate()
