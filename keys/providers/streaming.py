"""One answer as it streams: opened, watched, read, and begun again if it fails at the start."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

import aiohttp

from keys.providers.base import Piece, ProviderFault, ProviderUnavailable
from keys.providers.breaker import Breaker
from keys.providers.faults import CUT_SHORT, bare
from keys.providers.frames import AnswerReader
from keys.providers.patience import Patience, Retries


@dataclass(frozen=True, slots=True)
class Exchange:
    """How one question is put to a provider and its answer read.

    ``ask`` sends the request and gives the answer with its body unread; it is waited for as long
    as for the first token, and may be called again. ``fault_of`` folds what ``errors`` names.
    """

    ask: Callable[[], Awaitable[aiohttp.ClientResponse]]
    reader: Callable[[], AnswerReader]
    errors: tuple[type[Exception], ...]
    fault_of: Callable[[Exception], ProviderFault]
    breaker: Breaker
    patience: Patience
    is_at_vendor: bool = False


async def stream_answer(exchange: Exchange) -> AsyncGenerator[Piece, None]:
    """Yield text as it arrives, tool calls, then one Completion; raises a ProviderFault.

    Retries what can be retried until the first piece is out, and never after it.
    """
    retries = Retries(exchange.patience)
    breaker = exchange.breaker
    while True:
        has_begun = False
        with breaker.admitted():
            try:
                async with aclosing(_attempt(exchange)) as pieces:
                    async for piece in pieces:
                        if not has_begun:
                            has_begun = True
                            breaker.answered()
                        yield piece
                return
            except ProviderFault as error:
                fault = bare(error)
            except exchange.errors as error:
                fault = bare(exchange.fault_of(error))
            breaker.failed(fault)
        # Raised out here, it drags along no request with its key, nor what the provider sent.
        if has_begun or not await retries.wait_after(fault):
            raise fault


async def _attempt(exchange: Exchange) -> AsyncGenerator[Piece, None]:
    reader, patience = exchange.reader(), exchange.patience
    now = asyncio.get_running_loop().time
    deadline = now() + patience.first_token
    async with asyncio.timeout_at(deadline):
        response = await exchange.ask()
    watch = _Watch(response.content)
    try:
        while chunk := await _next(watch, reader, patience, deadline):
            seen = reader.frame_count
            if text := reader.feed(chunk):
                yield text
            if reader.frame_count > seen:
                silent_until = now() + patience.silence
                deadline = silent_until if reader.has_spoken else max(deadline, silent_until)
        if text := reader.end():
            yield text
    finally:
        watch.close()
        # A body that was read to its end has given its connection back before.
        response.close()
    for call in reader.calls():
        yield call
    yield replace(reader.completion(), is_at_vendor=exchange.is_at_vendor)


async def _next(watch: _Watch, reader: AnswerReader, patience: Patience, deadline: float) -> bytes:
    """The next bytes, as many as have come together; none at the end of the answer."""
    if reader.finish_reason is None and not reader.is_done:
        return await watch.read(deadline)
    seconds = patience.end_of_body if reader.is_done else patience.token_counts
    try:
        # Read to its end, the body leaves a connection that can be used again.
        return await watch.read(asyncio.get_running_loop().time() + seconds)
    except (ProviderFault, aiohttp.ClientError, OSError):
        return b""


class _Watch:
    """Ends the wait for bytes that don't come in time.

    One timer a stream, set anew when it goes off too early: a timer for each token would cost
    more than reading the token does. Only waiting counts, not what the listener takes to listen.
    """

    def __init__(self, content: aiohttp.StreamReader) -> None:
        self._content = content
        self._loop = asyncio.get_running_loop()
        self._until = math.inf
        self._timer: asyncio.TimerHandle | None = None

    async def read(self, deadline: float) -> bytes:
        """The next bytes, none at the end; TimeoutError if they don't come until ``deadline``."""
        self._until = deadline
        if self._timer is None or deadline < self._timer.when():
            self._set(deadline)
        try:
            return await self._content.readany()
        except RuntimeError:
            # Thus aiohttp says that the connection was closed on our side.
            fault = ProviderUnavailable(CUT_SHORT)
        finally:
            self._until = math.inf
        raise fault

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _set(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(when, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._until == math.inf:
            return  # the next read sets it again
        if self._until > self._loop.time():
            self._set(self._until)
        else:
            self._content.set_exception(TimeoutError())
