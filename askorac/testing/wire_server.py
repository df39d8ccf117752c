"""A local server that speaks a provider's wire format, with faults on demand.

In tests: ``with running(WireServer(Exchange)) as server:`` and then ``server.base_url``. What it
has seen it tells at ``/seen``.
"""

from __future__ import annotations

import argparse
import asyncio
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakSet

from askorac.testing.waiting import wait_until
from askorac.testing.wires import (
    ANSWER,
    Behaviour,
    Exchange,
    Fault,
    SeenRequest,
    read_request,
)


@dataclass(slots=True)
class WireServer:
    """Answers by the next of ``upcoming`` while there is one, else by ``behaviour``."""

    exchange: type[Exchange]
    root: str = "/v1"
    behaviour: Behaviour = field(default_factory=Behaviour)
    upcoming: deque[Behaviour] = field(default_factory=deque)
    requests: list[SeenRequest] = field(default_factory=list)
    connection_count: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _conversations: set[asyncio.Task[None]] = field(default_factory=set)
    _writers: WeakSet[asyncio.StreamWriter] = field(default_factory=WeakSet)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.root}"

    async def start(self) -> None:
        """Listen on the loopback, on ``port`` or on a free one."""
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self.port, backlog=2048
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
        for task in self._conversations:
            task.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)  # the loop closes them in its next round

    def outcomes(self, path: str = "") -> list[str]:
        """What became of the requests whose path ends so, once none of them is open any more.

        It blocks meanwhile: a loop that has a part in it calls it in a thread.
        """
        seen = [each for each in self.requests if each.path.endswith(path)]
        wait_until(lambda: all(each.outcome != "open" for each in seen), lambda: seen)
        return [each.outcome for each in seen]

    def summary(self) -> dict[str, Any]:
        """How many requests there were, and what became of them."""
        return {
            "connections": self.connection_count,
            "requests": len(self.requests),
            "paths": Counter(request.path for request in self.requests),
            "outcomes": Counter(request.outcome for request in self.requests),
            "keys": sorted({request.key[-4:] for request in self.requests}),
        }

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connection_count += 1
        self._writers.add(writer)
        task = asyncio.get_running_loop().create_task(self._converse(reader, writer))
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await read_request(reader):
                try:
                    await self._answer(request, reader, writer)
                except ConnectionError:
                    request.outcome = "left"
                if request.outcome != "complete":
                    return
        finally:
            writer.close()

    async def _answer(
        self, request: SeenRequest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if request.path == "/seen":
            self.exchange(request, Behaviour(), reader, writer).send_json(200, self.summary())
            return
        self.requests.append(request)
        behaviour = self.upcoming.popleft() if self.upcoming else self.behaviour
        await self.exchange(request, behaviour, reader, writer).hold()


Server = TypeVar("Server", bound=WireServer)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Run a server in a thread of its own, so that it goes on whatever the caller's loop does."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="wire-server", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(60)
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(60)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


async def serve(server: WireServer) -> None:
    """Run until interrupted."""
    await server.start()
    print(f"Listening on {server.base_url}", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await server.stop()
        print(server.summary(), flush=True)


def main(exchange: type[Exchange]) -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fault", type=Fault, choices=list(Fault), default=Fault.NONE)
    parser.add_argument("--after-tokens", type=int, default=3)
    parser.add_argument("--retry-after", default="")
    parser.add_argument("--text", default=ANSWER)
    parser.add_argument("--first-token-seconds", type=float, default=0.0)
    parser.add_argument("--token-seconds", type=float, default=0.0)
    arguments = vars(parser.parse_args())
    port = arguments.pop("port")
    try:
        asyncio.run(serve(WireServer(exchange, behaviour=Behaviour(**arguments), port=port)))
    except KeyboardInterrupt:
        return
