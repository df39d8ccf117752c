"""What one process writes of its answers, another reads: all of it, even when Redis forgets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from askorac.sealing import keyrings
from askorac.tenancy.context import in_tenant, in_thread
from askorac.testing.waiting import until
from conversations import turns
from conversations.broker import broker, close_broker
from conversations.events import Citation, Citations, Finished, Started, Token, failed
from conversations.feeds import Feed, Piece, Told
from conversations.models import Turn
from conversations.replay import Flusher, Reader, ask_to_stop, said, stream_name
from conversations.streaming import cancel
from conversations.tasks import close_lapsed_turns
from projects.models import Project

STARTED = Started(uuid4())
CITED = Citations(
    (
        Citation(
            n=1,
            title="Parcels",
            path="/cited/x/",
            quote="Within thirty days — “at most”.",
            page=None,
            document_id=uuid4(),
            chunk_id=uuid4(),
        ),
    )
)
FINISHED = Finished(
    text="Within thirty days.",
    confidence=0.9,
    is_answered=True,
    suggestions=("And then?",),
    provider="openai",
    model="gpt",
    input_tokens=7,
    output_tokens=None,
)


@pytest.fixture(autouse=True)
async def broker_closed() -> AsyncIterator[None]:
    yield
    await close_broker()


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    """A reader at work; the turns that it is told to stop are in `stopped`."""
    reader = Reader(on_stop=stopped.append)
    reading = asyncio.create_task(reader.run())
    yield reader
    await cancel(reading)
    assert reading.cancelled()


stopped: list[UUID] = []


async def heard(feed: Feed) -> list[Told]:
    async with aclosing(feed.follow()) as told:
        return [each async for each in told]


@pytest.fixture
def key(project: Project) -> turns.TurnKey:
    """A turn of an organization whose keys are at hand."""
    keyrings.of(project.organization_id)
    return turns.TurnKey(project.organization_id, project.pk, uuid4(), uuid4())


def stream_of(key: turns.TurnKey) -> str:
    return stream_name(key.organization_id, key.turn_id)


async def write(flusher: Flusher, feed: Feed, *events: Started | Token | Citations) -> None:
    for event in events:
        feed.tell(event)
    await flusher.flush()


async def test_reader_hears_all_that_was_written(reader: Reader, key: turns.TurnKey) -> None:
    flusher, feed, copy = Flusher(), Feed(), Feed()
    flusher.add(key, feed)
    reader.follow(key, copy)
    hearing = asyncio.create_task(heard(copy))
    await write(flusher, feed, STARTED, Token("Within "))
    await asyncio.sleep(0.3)
    await write(flusher, feed, Token("thirty "), Token("days."))
    await write(flusher, feed, CITED)
    feed.tell(FINISHED)
    await flusher.flush()
    async with asyncio.timeout(60):
        told = await hearing
    assert [each for each in told if not isinstance(each, Piece)] == [STARTED, CITED, FINISHED]
    assert "".join(each.text for each in told if isinstance(each, Piece)) == FINISHED.text


async def test_reader_hears_how_an_answer_failed(reader: Reader, key: turns.TurnKey) -> None:
    flusher, feed, copy = Flusher(), Feed(), Feed()
    flusher.add(key, feed)
    feed.tell(failed("unavailable", retry_after=2.5))
    await flusher.flush()
    reader.follow(key, copy)
    async with asyncio.timeout(60):
        assert await heard(copy) == [failed("unavailable", retry_after=2.5)]


async def test_stream_that_was_lost_is_written_anew(reader: Reader, key: turns.TurnKey) -> None:
    flusher, feed, copy = Flusher(), Feed(), Feed()
    flusher.add(key, feed)
    await write(flusher, feed, STARTED, Token("Within "))
    await broker().delete(stream_of(key))
    await write(flusher, feed, Token("thirty "))
    assert not await broker().exists(stream_of(key))
    await write(flusher, feed, Token("days."))
    reader.follow(key, copy)
    feed.tell(FINISHED)
    await flusher.flush()
    async with asyncio.timeout(60):
        assert await heard(copy) == [STARTED, Piece(0, FINISHED.text), FINISHED]


async def test_stream_goes_by_itself_soon_after_its_end(key: turns.TurnKey) -> None:
    flusher, feed = Flusher(), Feed()
    flusher.add(key, feed)
    await write(flusher, feed, STARTED)
    running = await broker().ttl(stream_of(key))
    feed.tell(FINISHED)
    await flusher.flush()
    ended = await broker().ttl(stream_of(key))
    assert (800 < running <= 900, 50 < ended <= 60) == (True, True)


async def test_reader_passes_on_who_is_to_stop(reader: Reader) -> None:
    before = uuid4()
    async with asyncio.timeout(60):
        while before not in stopped:  # what was said before it began to read is not for it
            await ask_to_stop(before)
            await asyncio.sleep(0.02)
    turn_id = uuid4()
    await ask_to_stop(turn_id)
    await until(lambda: turn_id in stopped)
    assert stopped.count(turn_id) == 1


async def test_nothing_is_said_by_a_stream_that_is_not_there(key: turns.TurnKey) -> None:
    ring = keyrings.of(key.organization_id)
    assert await in_thread(said, key.turn_id, ring) == ""


async def test_stream_holds_no_word_and_one_entry_a_flush(key: turns.TurnKey) -> None:
    flusher, feed = Flusher(), Feed()
    flusher.add(key, feed)
    await write(flusher, feed, STARTED, Token("Within "), Token("thirty "), CITED)
    entries = await broker().xrange(stream_of(key))
    assert [list(entry) for _, entry in entries] == [["sealed"]]
    ring = keyrings.of(key.organization_id)
    assert await in_thread(said, key.turn_id, ring) == "Within thirty "


async def test_entry_of_another_turn_is_not_told(reader: Reader, key: turns.TurnKey) -> None:
    flusher, feed, copy = Flusher(), Feed(), Feed()
    flusher.add(key, feed)
    await write(flusher, feed, STARTED, Token("Within "))
    [(_, entry)] = await broker().xrange(stream_of(key))
    other = replace(key, turn_id=uuid4())
    await broker().xadd(stream_of(other), entry)
    reader.follow(other, copy)
    await asyncio.sleep(0.5)
    assert (copy.started, copy.text) == (None, "")
    assert await in_thread(said, other.turn_id, keyrings.of(key.organization_id)) == ""


async def test_stream_waits_for_a_key_that_is_away(key: turns.TurnKey) -> None:
    flusher, feed = Flusher(), Feed()
    flusher.add(key, feed)
    keyrings.forget(key.organization_id)
    await write(flusher, feed, STARTED, Token("Within "))
    assert not await broker().exists(stream_of(key))
    ring = await keyrings.ready(key.organization_id)
    await write(flusher, feed, Token("thirty"))
    assert await in_thread(said, key.turn_id, ring) == "Within thirty"


async def test_sweeper_closes_a_turn_whose_process_died_with_what_redis_has(
    project: Project,
) -> None:
    question = turns.Question(
        key=turns.TurnKey(project.organization_id, project.pk, uuid4(), uuid4()),
        client_id=uuid4(),
        visitor_id=uuid4(),
        channel="widget",
        page_url="",
        text="Until when?",
        now=timezone.now(),
    )
    await turns.open_pool()
    await turns.begin(question)
    flusher, feed = Flusher(), Feed()
    flusher.add(question.key, feed)
    await write(flusher, feed, STARTED, Token("Within "), Token("thirty"))
    await in_tenant(project.organization_id, lapse, question.key.turn_id)
    await in_thread(close_lapsed_turns)
    record = await turns.read(question.key)
    await turns.close_pool()
    assert record is not None
    assert record.ending == turns.failed_ending(turns.INTERRUPTED, text="Within thirty")


def lapse(turn_id: UUID) -> None:
    Turn.objects.filter(pk=turn_id).update(lease_expires_at=timezone.now())
