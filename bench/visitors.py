"""Many visitors at once, each at a socket of its own, asking one question."""

import asyncio
import itertools
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import aiohttp
import orjson

ORIGIN: Final = "https://shop.example"
MOST_SECONDS: Final = 120.0
SETTLING_SECONDS: Final = 0.3
_TEXT: Final = aiohttp.WSMsgType.TEXT


@dataclass(frozen=True, slots=True)
class Place:
    """Where visitors ask: the port of a web process, and the project's key."""

    port: int
    public_key: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One visitor to be: where it asks and what, how long after the gate opens, and from where."""

    place: Place
    question: str
    delay: float
    address: str
    ready: asyncio.Event
    gate: asyncio.Event


@dataclass(slots=True)
class Heard:
    """What one visitor heard. Times are of the loop's clock, in seconds; 0 if it never came."""

    asked_at: float = 0.0
    first_at: float = 0.0
    ended_at: float = 0.0
    end: str = ""
    characters: int = 0

    @property
    def first_token_seconds(self) -> float:
        return self.first_at - self.asked_at


@dataclass(frozen=True, slots=True)
class Crowd:
    """All that was heard by visitors who came together, and how far the meter went meanwhile."""

    heard: list[Heard]
    metered: float

    def lost(self, characters: int) -> int:
        """How many did not hear a whole answer of that length."""
        whole = [each for each in self.heard if each.end == "finished"]
        return len(self.heard) - sum(each.characters == characters for each in whole)

    def median_first_token(self) -> float:
        """In seconds, of those who heard one."""
        return statistics.median(each.first_token_seconds for each in self.heard if each.first_at)

    def slowest_first_token(self) -> float:
        """In seconds."""
        return max(each.first_token_seconds for each in self.heard if each.first_at)


async def ask_together(
    place: Place,
    question: str,
    *,
    delays: Sequence[float],
    meter: Callable[[], float] = lambda: 0.0,
    at_once: bool = False,
) -> Crowd:
    """Each visitor asks after its delay, in seconds, and listens to the end.

    All sockets are open and greeted before the first question, and the `meter` is read only then,
    unless they come `at_once`.
    """
    gate, opened = asyncio.Event(), [asyncio.Event() for _ in delays]
    visits = [
        asyncio.create_task(_visit(Visit(place, question, delay, address, ready, gate)))
        for delay, address, ready in zip(delays, _addresses(), opened, strict=False)
    ]
    if not at_once:
        opening = asyncio.gather(*(ready.wait() for ready in opened))
        await asyncio.wait_for(opening, MOST_SECONDS)
        await asyncio.sleep(SETTLING_SECONDS)
    before = meter()
    gate.set()
    heard = await asyncio.gather(*visits)
    return Crowd(heard, meter() - before)


async def _visit(visit: Visit) -> Heard:
    """One visitor; whatever cuts the socket, what was heard until then is returned."""
    heard = Heard()
    connector = aiohttp.TCPConnector(local_addr=(visit.address, 0))
    try:
        async with (
            asyncio.timeout(MOST_SECONDS),
            aiohttp.ClientSession(connector=connector) as session,
            session.ws_connect(
                f"http://127.0.0.1:{visit.place.port}/ws/chat/{visit.place.public_key}/",
                origin=ORIGIN,
                protocols=("orac.v1",),
                max_msg_size=0,
            ) as socket,
        ):
            await socket.send_str('{"type":"hello"}')
            await socket.receive()
            visit.ready.set()
            await visit.gate.wait()
            await asyncio.sleep(visit.delay)
            await _ask(socket, visit.question, heard)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        heard.end = heard.end or type(error).__name__
    return heard


async def _ask(socket: aiohttp.ClientWebSocketResponse, question: str, heard: Heard) -> None:
    now = asyncio.get_running_loop().time
    frame = {"type": "ask", "id": str(uuid4()), "question": question}
    await socket.send_str(orjson.dumps(frame).decode())
    heard.asked_at = now()
    while not heard.end:
        message = await socket.receive()
        if message.type is not _TEXT:
            heard.end = "closed"
            return
        said = orjson.loads(message.data)
        if said["type"] == "token":
            heard.first_at = heard.first_at or now()
            heard.characters += len(said["text"])
        elif said["type"] in {"finished", "failed"}:
            heard.end, heard.ended_at = said.get("code", said["type"]), now()


def evenly(count: int, *, seconds: float) -> list[float]:
    """The delays of visitors who come one after the other."""
    return [seconds * number / count for number in range(count)]


def _addresses() -> Iterator[str]:
    """Loopback addresses, so that no limit of one address is reached."""
    for third, fourth in itertools.product(range(1, 200), range(1, 200)):
        yield f"127.7.{third}.{fourth}"
