"""What one answer has told so far, and those who listen to it.

A feed is filled by whoever knows the answer: the task that gives it, or one that follows another
process. A listener is a place in the text and nothing more, so one that is slow, or reads nothing
at all, holds no memory and holds nobody back: when it comes for more, what it has missed leaves
in one piece.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias

from .events import Citations, Event, Failed, Finished, Started, Token

# The first piece of an answer leaves at once; the next ones wait for what arrives meanwhile, the
# longer the more listeners there are, so that all of them leave a process time for its answers.
PIECE_SECONDS: Final = 0.06
PIECES_A_SECOND: Final = 2_500
PIECE_CHARACTERS: Final = 16_384


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the answer's text. `at` counts characters; at 0 it replaces what was shown."""

    at: int
    text: str


Told: TypeAlias = Started | Piece | Citations | Finished | Failed


class Feed:
    """One answer as it is being told. `on_heard` learns when somebody, or nobody, listens.

    `listening` is how many listen to any feed of this process.
    """

    listening: ClassVar[int] = 0

    def __init__(self, *, on_heard: Callable[[bool], None] | None = None) -> None:
        self.started: Started | None = None
        self.text = ""
        self.citations: Citations | None = None
        self.end: Finished | Failed | None = None
        self._on_heard = on_heard
        self._listeners: set[asyncio.Event] = set()
        self._silence = asyncio.Event()
        self._silence.set()

    async def silence(self) -> None:
        """Wait until nobody listens."""
        await self._silence.wait()

    def tell(self, event: Event) -> None:
        """Take the next event of the answer. After its end nothing is taken any more."""
        if self.end is not None:
            return
        match event:
            case Token(text):
                self.text += text
            case Started():
                self.started = event
            case Citations():
                self.citations = event
            case Finished() | Failed():
                self.end = event
        for listener in self._listeners:
            listener.set()

    def tell_text(self, at: int, text: str) -> bool:
        """Take a stretch of the text that may be known in part; False if something before it is
        missing."""
        known = len(self.text)
        if at > known:
            return False
        if at + len(text) > known:
            self.tell(Token(text[known - at :]))
        return True

    async def follow(self, at: int = 0) -> AsyncGenerator[Told, None]:
        """What was told, from character `at` of the text on, then what is being told, to the end.

        A listener that is ahead of this feed (its answerer's process died) gets nothing twice: it
        waits, and gets the whole text in one piece at 0 if the end comes first.
        """
        changed = asyncio.Event()
        self._enter(changed)
        place = Place(at)
        try:
            while True:
                changed.clear()
                told = place.next_of(self)
                if told is None:
                    await changed.wait()
                    continue
                yield told
                if place.is_at_end:
                    return
                if isinstance(told, Piece):
                    await asyncio.sleep(pause())
        finally:
            self._leave(changed)

    def _enter(self, listener: asyncio.Event) -> None:
        self._listeners.add(listener)
        Feed.listening += 1
        self._silence.clear()
        if self._on_heard:
            self._on_heard(True)

    def _leave(self, listener: asyncio.Event) -> None:
        self._listeners.discard(listener)
        Feed.listening -= 1
        if self._listeners:
            return
        self._silence.set()
        if self._on_heard:
            self._on_heard(False)


def pause() -> float:
    """How long, in seconds, what arrives is gathered before it is told on."""
    return max(PIECE_SECONDS, Feed.listening / PIECES_A_SECOND)


class Place:
    """How much of a feed somebody has been told: the place in its text, and which events."""

    def __init__(self, at: int = 0) -> None:
        self._at = at
        self._has_started = False
        self._has_citations = False
        self.is_at_end = False

    def next_of(self, feed: Feed) -> Told | None:
        """The next thing to tell, or None while there is nothing new, and after the end."""
        if feed.started and not self._has_started:
            self._has_started = True
            return feed.started
        if piece := self._next_piece(feed):
            return piece
        if feed.citations and not self._has_citations:
            self._has_citations = True
            return feed.citations
        if feed.end and not self.is_at_end:
            self.is_at_end = True
            return feed.end
        return None

    def _next_piece(self, feed: Feed) -> Piece | None:
        known = len(feed.text)
        if feed.end and self._at > known:
            self._at = 0
        if self._at >= known:
            return None
        at, self._at = self._at, min(known, self._at + PIECE_CHARACTERS)
        return Piece(at, feed.text[at : self._at])
