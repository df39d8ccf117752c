"""A visitor's socket: it checks who may speak, and carries frames to and from the exchange."""

import asyncio
import logging
import time
from collections.abc import MutableMapping
from typing import Any, Final

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import InterfaceError, OperationalError

from askorac.tenancy.origins import enter
from askorac.web.bounds import MOST_FRAME_BYTES
from askorac.web.logs import LogEvent, log

from .doors import Ending, NoSuchProject, OriginRefused, Suspended
from .entrance import Admission, Entrance, SessionEnded
from .exchange import Exchange
from .frames import SUBPROTOCOL
from .limits import SOCKET_FRAMES_A_MINUTE, Meter, doorkeeper

TOO_BIG: Final = 1009
BROKE: Final = 1011
PROTOCOL_ERROR: Final = 4400
SESSION_ENDED: Final = 4401
ORIGIN_REFUSED: Final = 4403
NO_SUCH_PROJECT: Final = 4404
ENDING: Final = 4410
TOO_MANY: Final = 4429
SUSPENDED: Final = 4503

Message = MutableMapping[str, Any]


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """`wss://HOST/ws/chat/<public key>/`. A socket that is refused is accepted first and closed
    then, because a browser is shown a code only by a socket that was open."""

    async def dispatch(self, message: Message) -> None:
        """As Channels', but without its hop into an unbounded thread for every frame."""
        try:
            await getattr(self, get_handler_name(message))(message)
        except StopConsumer:
            raise
        except Exception as error:  # noqa: BLE001 - logged without its text, which may be a visitor's
            log(LogEvent.SOCKET_BROKE, level=logging.ERROR, broken=error)
            await self.shut(BROKE)

    async def connect(self) -> None:
        self.is_open = True
        self.address = (self.scope.get("client") or [""])[0]
        self.frames = Meter()
        self.exchange = Exchange(address=self.address, send=self.say)
        self.watch: asyncio.Task[None] | None = None
        self.admission: Admission | None = None
        self.is_counted = doorkeeper.let_in(self.address, now=time.monotonic())
        self.entrance = Entrance.of(self.scope)
        enter(self.entrance.origin_of(self.address))  # of this socket's task
        is_spoken = SUBPROTOCOL in self.scope["subprotocols"]
        await self.accept(SUBPROTOCOL if is_spoken else None)
        if not self.is_counted:
            await self.shut(TOO_MANY)
        elif not is_spoken:
            await self.shut(PROTOCOL_ERROR)
        elif await self.admit():
            self.watch = asyncio.create_task(self.look_after())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not self.is_open or not (admission := await self.admit()):
            return
        if not self.frames.take(SOCKET_FRAMES_A_MINUTE, now=time.monotonic()):
            await self.shut(TOO_MANY)
        elif text_data is None:
            await self.shut(PROTOCOL_ERROR)
        elif len(text_data.encode()) > MOST_FRAME_BYTES:
            await self.shut(TOO_BIG)
        else:
            await self.exchange.take(text_data, admission)

    async def websocket_disconnect(self, message: Message) -> None:
        self.is_open = False
        if self.watch:
            self.watch.cancel()
        self.exchange.leave()
        if self.is_counted:
            doorkeeper.let_out(self.address)
        if self.admission:
            await self.exchange.part(self.admission.door)
        raise StopConsumer

    async def admit(self) -> Admission | None:
        """Who may speak now; a socket that may not any more is closed."""
        try:
            self.admission = await self.entrance.admit()
            return self.admission
        except Ending:
            await self.shut(ENDING)
        except Suspended:
            await self.shut(SUSPENDED)
        except NoSuchProject:
            await self.shut(NO_SUCH_PROJECT)
        except OriginRefused:
            await self.shut(ORIGIN_REFUSED)
        except SessionEnded:
            await self.shut(SESSION_ENDED)
        return None

    async def look_after(self) -> None:
        """Close a socket that may not stay, although it says nothing: a visitor's within ten
        seconds, a member's within two."""
        while self.is_open:
            await asyncio.sleep(self.entrance.look_seconds)
            try:
                if admission := await self.admit():
                    await self.exchange.stay(admission, now=time.monotonic())
            except (OperationalError, InterfaceError):  # nobody can tell now: it is asked again
                continue

    async def say(self, frame: str) -> None:
        """Send a frame, unless the socket is closed; waits while the client reads nothing."""
        if not self.is_open:
            return
        try:
            await self.send(frame)
        except OSError:  # it is gone, and the server is about to say so
            self.is_open = False

    async def shut(self, code: int) -> None:
        """Close the socket from our side, once."""
        if self.is_open:
            self.is_open = False
            self.exchange.leave()
            await self.close(code)


class NowhereConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """Any other address: there is no such project here."""

    async def connect(self) -> None:
        await self.accept()
        await self.close(NO_SUCH_PROJECT)
