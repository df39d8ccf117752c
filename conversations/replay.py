"""What answers have said, kept in Redis for the sockets of other processes.

Each turn has one stream. A process writes what all its turns have said in one pipeline every
tenth of a second (one XADD each costs five times as much), and reads the streams of all turns
that its sockets follow in one blocking command. What a flush writes of a turn is sealed in one,
bound to the turn; while there is no key at hand, what is to be written and read waits. A stream
that is gone, because Redis was emptied, is written anew from the start. The truth is the row: what
is lost here is not missed.
"""

import asyncio
import base64
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeAlias
from uuid import UUID

from django.conf import settings
from redis import Redis, RedisError

from askorac.sealing import KeyRevoked, KeysAway, Tampered, keyrings
from askorac.sealing.keyring import Keyring
from askorac.web.logs import LogEvent, log

from .broker import broker
from .events import Citation, Citations, Failed, Finished, Started
from .feeds import Feed, Piece, Place, Told
from .turns import TurnKey

FLUSH_SECONDS: Final = 0.1
AWAY_SECONDS: Final = 1.0
READ_MILLISECONDS: Final = 200
LIFE_SECONDS: Final = 900
AFTERLIFE_SECONDS: Final = 60
STOPS: Final = "orac:stops"
STREAMS: Final = "orac:turn:"
_MOST_STOPS: Final = 1_000
_PURPOSE: Final = "conversations.replay"

Entry: TypeAlias = dict[str, str]


@dataclass(slots=True)
class _Written:
    """How much of a feed its stream holds."""

    key: TurnKey
    feed: Feed
    place: Place = field(default_factory=Place)
    exists: bool = False

    def news(self) -> list[Told]:
        """What the stream does not hold yet."""
        return list(iter(lambda: self.place.next_of(self.feed), None))

    def forget(self) -> None:
        """Begin again: the stream is gone, or nobody knows what it holds."""
        self.place, self.exists = Place(), False


class Flusher:
    """Writes what this process's answers say to their streams."""

    def __init__(self) -> None:
        self._written: dict[UUID, _Written] = {}
        self._writing = asyncio.Lock()
        self._is_away = False

    def add(self, key: TurnKey, feed: Feed) -> None:
        """Write this feed from now on, until its end is written."""
        self._written[key.turn_id] = _Written(key, feed)

    async def run(self) -> None:
        """Flush for ever."""
        while True:
            await asyncio.sleep(AWAY_SECONDS if self._is_away else FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Write what is new, all in one pipeline. While Redis is away the feeds wait."""
        async with self._writing:
            await self._flush()

    async def _flush(self) -> None:
        news = dict(self._news())
        if not news:
            return
        pipeline = broker().pipeline(transaction=False)
        sizes = {turn_id: self._write(pipeline, turn_id, entry) for turn_id, entry in news.items()}
        try:
            results = iter(await pipeline.execute())
        except Exception as error:  # noqa: BLE001 - whatever broke, the next flush begins anew
            self._went_away(error)
            for turn_id in news:
                self._written[turn_id].forget()
            return
        self._is_away = False
        for turn_id, size in sizes.items():
            self._confirm(turn_id, [next(results) for _ in range(size)])

    def _news(self) -> Iterator[tuple[UUID, Entry]]:
        """What the streams do not hold yet, sealed. Of a turn that ended without a key, nothing is
        written any more: its row says that it ended."""
        for turn_id, written in list(self._written.items()):
            ring = _ring(written.key.organization_id)
            if ring and (told := written.news()):
                yield turn_id, _sealed(ring, turn_id, told)
            elif not ring and written.feed.end:
                del self._written[turn_id]

    def _write(self, pipeline: Any, turn_id: UUID, entry: Entry) -> int:
        """Queue the commands for one turn; how many there are."""
        written = self._written[turn_id]
        key = _stream_of(written.key)
        pipeline.xadd(key, entry, nomkstream=written.exists)
        has_ended = written.place.is_at_end
        if written.exists and not has_ended:
            return 1
        pipeline.expire(key, AFTERLIFE_SECONDS if has_ended else LIFE_SECONDS)
        written.exists = True
        return 2

    def _confirm(self, turn_id: UUID, results: list[Any]) -> None:
        written = self._written[turn_id]
        if None in results:
            written.forget()
        elif written.place.is_at_end:
            del self._written[turn_id]

    def _went_away(self, error: Exception) -> None:
        if not self._is_away:
            log(LogEvent.FLUSH_FAILED, level=logging.WARNING, broken=error)
        self._is_away = True


@dataclass(slots=True)
class _Followed:
    key: TurnKey
    feed: Feed
    last_id: str = "0-0"

    @property
    def ring(self) -> Keyring | None:
        """What its entries are opened by, if it is at hand."""
        return _ring(self.key.organization_id)


class Reader:
    """Fills the feeds of turns that other processes answer, and hears which turns to stop."""

    def __init__(self, *, on_stop: Callable[[UUID], None]) -> None:
        self._followed: dict[str, _Followed] = {}
        self._on_stop = on_stop
        self._stops_at = ""
        self._is_away = False

    def follow(self, key: TurnKey, feed: Feed) -> None:
        """Fill this feed from the turn's stream, from its start."""
        self._followed[_stream_of(key)] = _Followed(key, feed)

    def leave(self, key: TurnKey) -> None:
        """Follow a turn no longer."""
        self._followed.pop(_stream_of(key), None)

    async def run(self) -> None:
        """Read for ever."""
        while True:
            try:
                await self._read()
            except Exception as error:  # noqa: BLE001 - whatever broke, listeners wait for what comes
                if not self._is_away:
                    log(LogEvent.REPLAY_UNREACHABLE, level=logging.WARNING, broken=error)
                self._is_away = True
                await asyncio.sleep(AWAY_SECONDS)
            else:
                self._is_away = False

    async def _read(self) -> None:
        client: Any = broker()
        if not self._stops_at:
            newest = await client.xrevrange(STOPS, count=1)
            self._stops_at = newest[0][0] if newest else "0-0"
        places = {
            key: followed.last_id for key, followed in self._followed.items() if followed.ring
        }
        read = await client.xread(places | {STOPS: self._stops_at}, block=READ_MILLISECONDS)
        for key, entries in read:
            for entry_id, entry in entries:
                self._take(key, entry_id, entry)

    def _take(self, key: str, entry_id: str, entry: Entry) -> None:
        if key == STOPS:
            self._stops_at = entry_id
            self._on_stop(UUID(entry["turn"]))
        elif (followed := self._followed.get(key)) and (ring := followed.ring):
            followed.last_id = entry_id
            self._tell(followed, ring, entry)

    def _tell(self, followed: _Followed, ring: Keyring, entry: Entry) -> None:
        """Tell what an entry holds. If it is none of ours the turn is left: the row is read."""
        turn_id = followed.key.turn_id
        try:
            _take_sealed(followed.feed, ring, turn_id, entry)
        except Tampered as error:
            log(LogEvent.REPLAY_UNREACHABLE, level=logging.WARNING, turn=turn_id, broken=error)
            self.leave(followed.key)


async def ask_to_stop(turn_id: UUID) -> None:
    """Tell whichever process answers a turn to stop. Raises RedisError if it can't be told."""
    await broker().xadd(STOPS, {"turn": str(turn_id)}, maxlen=_MOST_STOPS)


def said(turn_id: UUID, ring: Keyring) -> str:
    """What a turn's stream holds of its answer; "" if it holds nothing or can't be asked.

    Blocks: it is for the sweeper, which has no event loop.
    """
    feed = Feed()
    try:
        with blocking_client() as client:
            for _, entry in client.xrange(stream_name(ring.organization_id, turn_id)):
                _take_sealed(feed, ring, turn_id, entry)
    except (RedisError, Tampered) as error:
        log(LogEvent.REPLAY_UNREACHABLE, level=logging.WARNING, turn=turn_id, broken=error)
    return feed.text


def blocking_client() -> "Redis":
    """A client for who has no event loop."""
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1, decode_responses=True
    )


def _stream_of(key: TurnKey) -> str:
    return stream_name(key.organization_id, key.turn_id)


def stream_name(organization_id: UUID, turn_id: UUID | str = "") -> str:
    """What the stream of a turn is called; without one, how those of an organization begin."""
    return f"{STREAMS}{organization_id}:{turn_id}"


def _ring(organization_id: UUID) -> Keyring | None:
    """The key, if it is at hand: what all turns wait for does not wait for one key service."""
    try:
        return keyrings.at_hand(organization_id)
    except (KeyRevoked, KeysAway):
        return None


def _sealed(ring: Keyring, turn_id: UUID, told: list[Told]) -> Entry:
    """What one flush writes of one turn."""
    entries = json.dumps([_entry(each) for each in told], separators=(",", ":"))
    blob = ring.seal(entries.encode(), purpose=_PURPOSE, row_id=turn_id)
    return {"sealed": base64.b64encode(blob).decode()}


def _take_sealed(feed: Feed, ring: Keyring, turn_id: UUID, sealed: Entry) -> None:
    """Tell what one flush wrote. Raises Tampered."""
    try:
        blob = base64.b64decode(sealed["sealed"], validate=True)
    except (KeyError, ValueError):
        raise Tampered from None
    for entry in json.loads(ring.open(blob, purpose=_PURPOSE, row_id=turn_id)):
        _take_entry(feed, entry)


def _entry(told: Told) -> Entry:
    match told:
        case Started(message_id):
            return {"started": str(message_id)}
        case Piece(at, text):
            return {"at": str(at), "text": text}
        case Citations(items):
            return {"citations": json.dumps([item.stored() for item in items])}
        case Finished():
            return {"finished": json.dumps(asdict(told))}
        case Failed():
            return {"failed": json.dumps(asdict(told))}


def _take_entry(feed: Feed, entry: Entry) -> None:
    if "text" in entry:
        feed.tell_text(int(entry["at"]), entry["text"])
    elif "started" in entry:
        feed.tell(Started(UUID(entry["started"])))
    elif "citations" in entry:
        items = json.loads(entry["citations"])
        feed.tell(Citations(tuple(Citation.restored(item) for item in items)))
    elif "finished" in entry:
        finished = json.loads(entry["finished"])
        feed.tell(Finished(**finished | {"suggestions": tuple(finished["suggestions"])}))
    else:
        feed.tell(Failed(**json.loads(entry["failed"])))
