"""The least that can stand between a visitor and a provider: what the product is compared with.

It is served by uvicorn: `python -m uvicorn bench.passthrough:app`. A question is sent to the
provider of `OPENAI_BASE_URL`, and each token that comes is passed on in a frame of its own. There
is no project, no passage, no record, no limit and no second chance.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
import orjson
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

ADDRESS: Final = os.environ.get("OPENAI_BASE_URL", "") + "/chat/completions"


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """One client for all questions."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        app.state.session = session
        yield


async def chat(socket: WebSocket) -> None:
    """Answer what is asked, until the visitor leaves."""
    await socket.accept(subprotocol="orac.v1")
    async for text in socket.iter_text():
        said = orjson.loads(text)
        if said["type"] == "hello":
            await socket.send_text('{"type":"ready"}')
        else:
            await answer(socket, said["question"])


async def answer(socket: WebSocket, question: str) -> None:
    """Pass on one answer, token by token."""
    session: aiohttp.ClientSession = socket.app.state.session
    body = {
        "model": "gpt-4o-mini",
        "stream": True,
        "messages": [{"role": "user", "content": question}],
    }
    async with session.post(ADDRESS, json=body) as response:
        async for line in response.content:
            if not line.startswith(b"data: ") or line.startswith(b"data: [DONE]"):
                continue
            choices = orjson.loads(line[6:])["choices"]
            if choices and (token := choices[0]["delta"].get("content")):
                await socket.send_text(orjson.dumps({"type": "token", "text": token}).decode())
    await socket.send_text('{"type":"finished"}')


app = Starlette(routes=[WebSocketRoute("/ws/chat/{key}/", chat)], lifespan=lifespan)
