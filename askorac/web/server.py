"""daphne as we run it: it feels when a client does not read, and lets answers end before it stops.

daphne's own command hands everything to the network at once, so that a client that never reads
makes it hold every answer in memory; it takes frames faster than they are dealt with; it knows no
lifespan, and cuts every stream as soon as it is told to stop.

Importing this module installs Twisted's reactor on an event loop of its own.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from daphne.http_protocol import WebRequest
from daphne.server import Server as DaphneServer
from daphne.server import twisted_loop
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import defer

from askorac.web.api.problems import CONTENT_TYPE, TOO_LARGE, Problem
from askorac.web.bounds import MOST_BODY_BYTES, MOST_FRAME_BYTES

BACKLOG: Final = 2_048
HANDSHAKE_SECONDS: Final = 20.0  # a thousand at once take their time
MOST_FRAMES_WAITING: Final = 64
CLOSING_SECONDS: Final = 3.0
SERVICE_RESTART: Final = 1012

_PROBLEM: Final = Problem(413, TOO_LARGE).as_bytes()
_TOO_LARGE: Final = (
    b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n"
    b"Content-Type: %b\r\nContent-Length: %d\r\n\r\n%b"
) % (CONTENT_TYPE.encode(), len(_PROBLEM), _PROBLEM)

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


class CannotListen(Exception):
    """The port is taken, or not ours to take."""


class CannotStart(Exception):
    """The application did not start; the message says why."""


class Valve:
    """Open while the client reads. Twisted closes it over 64 kB that nobody has taken."""

    def __init__(self) -> None:
        self._opened = asyncio.Event()
        self.resumeProducing()

    async def passed(self) -> None:
        """Wait until it is open."""
        await self._opened.wait()

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        self._opened.clear()

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        self._opened.set()

    stopProducing = resumeProducing  # noqa: N815 - Twisted's name


class HeldSocket(WebSocketProtocol):  # type: ignore[misc]  # daphne has no types
    """A socket on which each side waits for the other one."""

    def onConnect(self, request: Any) -> Any:  # noqa: N802 - autobahn's name
        self.valve = Valve()
        self._is_held = False
        self.transport.unregisterProducer()
        self.transport.registerProducer(self.valve, True)
        return super().onConnect(request)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803 - autobahn's names
        super().onMessage(payload, isBinary)
        if not self._is_held and self._is_full():
            self._is_held = True
            self.transport.pauseProducing()
            self._look_again()

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802 - daphne's name
        """As daphne's, which knows no code of the protocol itself but that of a normal end."""
        self.sendCloseFrame(code=1000 if code is None else code)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:  # noqa: N802, N803 - autobahn's names
        self.valve.resumeProducing()
        super().onClose(wasClean, code, reason)

    def _is_full(self) -> bool:
        return bool(self.application_queue.qsize() >= MOST_FRAMES_WAITING)

    def _look_again(self) -> None:
        if self._is_full() and self.transport.connected:
            twisted_loop.call_later(0.05, self._look_again)
        else:
            self._is_held = False
            self.transport.resumeProducing()


class BoundedRequest(WebRequest):  # type: ignore[misc]  # daphne has no types
    """A request whose body is refused when it is too large, not kept first and looked at then, and
    whose response waits for a client that does not read."""

    # Else Twisted reads each form into memory a second time, and answers one without a part itself.
    _parsePOSTFormSubmission = False  # noqa: N815 - Twisted's name

    valve: Valve | None = None
    _taken = 0

    def handle_reply(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self.channel and not self.finished:
            self.valve = Valve()
            self.registerProducer(self.valve, True)
        super().handle_reply(message)

    def finish(self) -> None:
        if self.valve and self.channel:
            self.unregisterProducer()
        super().finish()

    def handle_exception(self, exception: Exception) -> None:
        """As daphne's; a response that has begun breaks off, so that nobody waits for its end."""
        if not self._response_started:
            super().handle_exception(exception)
        elif self.channel and not self.finished:
            self.unregisterProducer()
            self.channel.loseConnection()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802 - Twisted's name
        if self.valve:
            self.valve.resumeProducing()
        super().connectionLost(reason)

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name
        super().gotLength(length)
        self._refuse_beyond(length or 0)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self._taken += len(data)
        if not self._refuse_beyond(self._taken):
            super().handleContentChunk(data)

    def _refuse_beyond(self, size: int) -> bool:
        if size > MOST_BODY_BYTES:
            self.channel.transport.write(_TOO_LARGE)
            self.channel.loseConnection()
        return size > MOST_BODY_BYTES


class Lifespan:
    """The start and the end of an application, as the ASGI specification has them."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._answered: asyncio.Queue[Message] = asyncio.Queue()

    async def start(self) -> None:
        """Raises CannotStart."""
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
        work = self._application(scope, self._said.get, self._answered.put)
        self._task = asyncio.ensure_future(work)
        await self._pass("lifespan.startup")

    async def end(self) -> None:
        """Returns when the application has ended what it was doing."""
        await self._pass("lifespan.shutdown")
        await self._task

    async def _pass(self, kind: str) -> None:
        self._said.put_nowait({"type": kind})
        answering = asyncio.ensure_future(self._answered.get())
        await asyncio.wait({answering, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            await self._task  # it has died without an answer, and this raises what it died of
        answer = await answering
        if answer["type"] != f"{kind}.complete":
            raise CannotStart(answer.get("message", ""))


class Server(DaphneServer):  # type: ignore[misc]  # daphne has no types
    """One process: pages and sockets of one application on one port."""

    def __init__(self, application: Application, *, host: str, port: int) -> None:
        interface = host.replace(":", "\\:")
        super().__init__(
            application,
            endpoints=[f"tcp:port={port}:interface={interface}:backlog={BACKLOG}"],
            signal_handlers=False,
            ready_callable=self._ready,
            websocket_handshake_timeout=HANDSHAKE_SECONDS,
            websocket_max_message_size=MOST_FRAME_BYTES,
            websocket_max_frame_size=MOST_FRAME_BYTES,
            server_name="",
        )
        self._lifespan = Lifespan(application)
        self._ports: list[Any] = []
        self._ending: asyncio.Task[None] | None = None

    def serve(self) -> None:
        """Start the application, serve until SIGTERM or SIGINT, and end what runs.

        A second signal ends it at once. Raises CannotStart or CannotListen.
        """
        logging.getLogger("daphne").setLevel(logging.WARNING)
        for number in (signal.SIGTERM, signal.SIGINT):
            twisted_loop.add_signal_handler(number, self._told_to_stop)
        twisted_loop.run_until_complete(self._lifespan.start())
        self.run()
        if self.abort_start:
            raise CannotListen
        if self._ending and self._ending.done():
            self._ending.result()  # raises what went wrong at the end

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._ports.append(port)

    async def handle_reply(self, protocol: Any, message: Message) -> None:
        """As daphne's, once the client has read what it was sent before."""
        valve = protocol.valve if isinstance(protocol, HeldSocket | BoundedRequest) else None
        if valve:
            await valve.passed()
        await super().handle_reply(protocol, message)

    def kill_all_applications(self) -> Any:
        """As daphne's, which stumbles over connections that have no application any more."""
        running = self._running()
        for application in running:
            application.cancel()
        return defer.Deferred.fromFuture(asyncio.gather(*running, return_exceptions=True))

    def _ready(self) -> None:
        self._build_protocol = self.http_factory.buildProtocol
        self.http_factory.buildProtocol = self._bounded_protocol
        self.ws_factory.protocol = HeldSocket
        # A client that breaks the protocol is told so by a code, rather than cut off.
        self.ws_factory.setProtocolOptions(failByDrop=False, allowNullOrigin=True)

    def _bounded_protocol(self, address: Any) -> Any:
        protocol = self._build_protocol(address)
        protocol.requestFactory = BoundedRequest
        return protocol

    def _told_to_stop(self) -> None:
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._end())
        else:
            self.stop()

    async def _end(self) -> None:
        """Stop listening, let the application end what it does, then close what is left."""
        try:
            for port in self._ports:
                port.stopListening()
            await self._lifespan.end()
            for protocol in self.connections:
                if isinstance(protocol, HeldSocket) and protocol.state == protocol.STATE_OPEN:
                    protocol.serverClose(code=SERVICE_RESTART)
            if running := self._running():
                await asyncio.wait(running, timeout=CLOSING_SECONDS)
        finally:
            self.stop()

    def _running(self) -> list[asyncio.Task[None]]:
        details = [each.get("application_instance") for each in self.connections.values()]
        return [task for task in details if task and not task.done()]
