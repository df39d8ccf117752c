"""Responses that begin when the event loop has found out what they are to be.

A view that waits for an answer would hold a thread, and the database connection of that thread, for
as long as the answer takes. It returns a LateResponse instead: when the view, its middleware and
its thread are done, the rest happens in the event loop alone, and ends when the client leaves.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import aclosing
from http import HTTPStatus
from typing import Any, Self

from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponseBase, StreamingHttpResponse

from askorac.sealing import SealFault
from askorac.tenancy.origins import current_origin, enter
from askorac.web.api.problems import BROKE, Problem, of_sealed
from askorac.web.logs import LogEvent, log

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class LateResponse(StreamingHttpResponse):
    """What `parts` gives, each at once. Until its first part, it may change status and headers."""

    def __init__(self, parts: Callable[[Self], AsyncGenerator[bytes, None]]) -> None:
        self.parts = parts(self)
        self.origin = current_origin()  # it is over, in the request's thread, before it is given
        super().__init__(self.parts)

    def begin(self, *, status: int = HTTPStatus.OK, headers: Mapping[str, str]) -> None:
        """Say, before the first part, what this is after all."""
        self.status_code = status
        for name, value in headers.items():
            self.headers[name] = value

    def refuse(self, problem: Problem) -> bytes:
        """Say, before the first part, that this is a problem; returns the one part of it."""
        self.begin(status=problem.status, headers=problem.bare_headers())
        return problem.as_bytes()


class _Outbox:
    """Where a response is sent to, or laid down for later."""

    def __init__(self, send: Send) -> None:
        self.late: LateResponse | None = None
        self._send = send

    async def __call__(self, message: Mapping[str, Any]) -> None:
        await self._send(message)


class Pages(ASGIHandler):
    """Django, with late responses given after everything else of their request is over."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        outbox = _Outbox(send)
        await super().__call__(scope, receive, outbox)
        if outbox.late is not None:
            await give(outbox.late, receive, send)

    async def send_response(self, response: HttpResponseBase, send: Any) -> None:
        """As Django's, unless it is late."""
        if isinstance(response, LateResponse) and isinstance(send, _Outbox):
            send.late = response
        else:
            await super().send_response(response, send)


async def give(response: LateResponse, receive: Receive, send: Send) -> None:
    """Give the response until it ends, or the client leaves."""
    giving = asyncio.ensure_future(_give_all(response, send))
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait({giving, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        giving.cancel()
        leaving.cancel()
        await asyncio.wait({giving, leaving})
    if not giving.cancelled() and (error := giving.exception()):
        raise error


async def _give_all(response: LateResponse, send: Send) -> None:
    enter(response.origin)  # of this task alone
    async with aclosing(response.parts) as parts:
        first = await _first(response, parts)
        await send(
            {
                "type": "http.response.start",
                "status": response.status_code,
                "headers": [
                    (name.encode("ascii"), value.encode("latin1"))
                    for name, value in response.items()
                ],
            }
        )
        await send(_body(first))
        async for part in parts:
            await send(_body(part))
    await send(_body(b"", is_last=True))


async def _first(response: LateResponse, parts: AsyncGenerator[bytes, None]) -> bytes:
    try:
        return await anext(parts, b"")
    except SealFault as fault:
        return response.refuse(of_sealed(fault))
    except Exception as error:  # noqa: BLE001 - whatever broke, the client is told that it did
        log(LogEvent.RESPONSE_BROKE, level=logging.ERROR, broken=error)
        return response.refuse(Problem(500, BROKE))


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _body(part: bytes, *, is_last: bool = False) -> Message:
    return {"type": "http.response.body", "body": part, "more_body": not is_last}
