"""A listener hears everything once, in order, however slow it is and whenever it comes."""

import asyncio
from contextlib import aclosing
from uuid import uuid4

import pytest

from conversations import feeds
from conversations.events import Citations, Finished, Started, Token, failed
from conversations.feeds import PIECE_CHARACTERS, Feed, Piece, Told

STARTED = Started(uuid4())
CITED = Citations(())
FINISHED = Finished(
    text="Within 30 days.",
    confidence=0.9,
    is_answered=True,
    suggestions=(),
    provider="",
    model="",
    input_tokens=None,
    output_tokens=None,
)


async def heard(feed: Feed, at: int = 0) -> list[Told]:
    async with aclosing(feed.follow(at)) as told:
        return [each async for each in told]


def ended_feed(text: str = "Within 30 days.") -> Feed:
    feed = Feed()
    for event in (STARTED, Token(text), CITED, FINISHED):
        feed.tell(event)
    return feed


async def test_feed_followed_from_the_start_tells_everything_in_order() -> None:
    assert await heard(ended_feed()) == [STARTED, Piece(0, "Within 30 days."), CITED, FINISHED]


async def test_feed_followed_from_a_place_tells_the_rest_of_the_text() -> None:
    assert await heard(ended_feed(), at=10) == [STARTED, Piece(10, " days."[1:]), CITED, FINISHED]


async def test_feed_followed_from_its_end_tells_no_text() -> None:
    assert await heard(ended_feed(), at=15) == [STARTED, CITED, FINISHED]


async def test_listener_ahead_of_an_ended_feed_gets_the_whole_text_at_zero() -> None:
    assert await heard(ended_feed("Within"), at=15) == [
        STARTED,
        Piece(0, "Within"),
        CITED,
        FINISHED,
    ]


async def test_listener_ahead_of_a_running_feed_waits_until_it_is_caught_up() -> None:
    feed = Feed()
    feed.tell(Token("Within"))
    hearing = asyncio.create_task(heard(feed, at=9))
    await asyncio.sleep(0.01)
    feed.tell(Token(" 30 days."))
    feed.tell(FINISHED)
    assert await hearing == [Piece(9, " days."), FINISHED]


async def test_first_piece_leaves_at_once_and_the_next_ones_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feeds, "PIECE_SECONDS", 0.5)
    feed = Feed()
    hearing = asyncio.create_task(heard(feed))
    await asyncio.sleep(0)
    for word in ("One", " two", " three"):
        feed.tell(Token(word))
        await asyncio.sleep(0)
    feed.tell(failed("stopped"))
    assert await hearing == [Piece(0, "One"), Piece(3, " two three"), failed("stopped")]


async def test_listener_that_takes_nothing_for_a_while_misses_nothing() -> None:
    feed = Feed()
    told = feed.follow()
    feed.tell(Token("a"))
    assert await anext(told) == Piece(0, "a")
    for _ in range(10_000):
        feed.tell(Token("b"))
    assert await anext(told) == Piece(1, "b" * 10_000)
    feed.tell(FINISHED)
    assert [each async for each in told] == [FINISHED]


async def test_long_text_leaves_in_pieces_of_a_bounded_size() -> None:
    told = await heard(ended_feed("x" * (PIECE_CHARACTERS + 5)))
    assert [(each.at, len(each.text)) for each in told if isinstance(each, Piece)] == [
        (0, PIECE_CHARACTERS),
        (PIECE_CHARACTERS, 5),
    ]


async def test_two_listeners_hear_the_same() -> None:
    feed = Feed()
    hearings = [asyncio.create_task(heard(feed)) for _ in range(2)]
    await asyncio.sleep(0)
    for event in (STARTED, Token("Yes."), FINISHED):
        feed.tell(event)
    first, second = await asyncio.gather(*hearings)
    assert first == second == [STARTED, Piece(0, "Yes."), FINISHED]


async def test_feed_takes_nothing_after_its_end() -> None:
    feed = ended_feed()
    feed.tell(Token("more"))
    feed.tell(failed("internal"))
    assert (feed.text, feed.end) == ("Within 30 days.", FINISHED)


async def test_feed_takes_of_overlapping_stretches_what_is_new() -> None:
    feed = Feed()
    taken = [feed.tell_text(*stretch) for stretch in ((0, "abc"), (1, "bc"), (2, "cde"), (9, "x"))]
    assert (taken, feed.text) == ([True, True, True, False], "abcde")


async def test_feed_says_when_it_is_heard_and_when_not() -> None:
    said: list[bool] = []
    feed = Feed(on_heard=said.append)
    first, second = feed.follow(), feed.follow()
    feed.tell(STARTED)
    await anext(first)
    await anext(second)
    await first.aclose()
    assert said == [True, True]
    await second.aclose()
    assert said == [True, True, False]
    await asyncio.wait_for(feed.silence(), 60)
