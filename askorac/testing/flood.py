"""An application without mercy, on our server: `python -m askorac.testing.flood PORT`.

A socket, or a request, at `/pour` is sent more than any kernel holds, as fast as it is taken. One
at `/ignore` is accepted and never listened to. What is given at `/break` breaks off. A page says
how many bytes were handed over so far, and to how many more are to come.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable

from askorac.web.server import Message, Server

FRAME = "x" * 16_384
FRAMES = 4_096

counts: Counter[str] = Counter(bytes=0, sockets=0)


async def application(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Speaks all three protocols of ASGI, each as little as it can."""
    if scope["type"] == "lifespan":
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})
    elif scope["type"] == "http" and scope["path"] == "/pour":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await pour(lambda text: send(_part(text)))
        await send({"type": "http.response.body", "body": b""})
    elif scope["type"] == "http" and scope["path"] == "/break":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send(_part("as far as it came"))
        raise ValueError
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(counts).encode()})
    else:
        await receive()
        await send({"type": "websocket.accept"})
        is_pouring = scope["path"] == "/pour"
        await (pour(lambda text: send(_frame(text))) if is_pouring else asyncio.Event().wait())


def _frame(text: str) -> Message:
    return {"type": "websocket.send", "text": text}


def _part(text: str) -> Message:
    return {"type": "http.response.body", "body": text.encode(), "more_body": True}


async def pour(send: Callable[[str], Awaitable[None]]) -> None:
    """64 MB."""
    counts["sockets"] += 1
    for _ in range(FRAMES):
        await send(FRAME)
        counts["bytes"] += len(FRAME)
    counts["sockets"] -= 1


if __name__ == "__main__":
    Server(application, host="127.0.0.1", port=int(sys.argv[1])).serve()
