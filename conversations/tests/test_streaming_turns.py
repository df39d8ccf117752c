"""A turn is a task of its process: it outlives its listeners for a while, and holds its lease."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from askorac.tenancy.context import in_tenant
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour
from askorac.testing.waiting import until
from conversations import streaming, turns
from conversations.broker import close_broker
from conversations.events import Failed, Finished, failed
from conversations.feeds import Feed, Piece
from conversations.models import Conversation, Turn
from conversations.streaming import LiveTurns, NotNow
from keys.clients import close_clients
from projects.models import Project

from .conftest import ANSWER, QUESTION

LONG = " ".join(f"Parcel {number} comes back [1]." for number in range(40))
SLOW = Behaviour(text=LONG, token_seconds=0.02)
ENDLESS = Behaviour(text=LONG * 10, token_seconds=0.02)  # to the tests that stop it


@pytest.fixture
async def live(provider: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LiveTurns]:
    """The turns of a process, in this one; the provider answers slowly."""
    provider.behaviour = SLOW
    monkeypatch.setattr(settings, "OPENAI_API_KEY", "sk-test")
    monkeypatch.setattr(settings, "OPENAI_BASE_URL", provider.base_url)
    await turns.open_pool()
    live = LiveTurns()
    live.open()
    yield live
    await live.drain(seconds=0)
    await turns.close_pool()
    await close_broker()
    await close_clients()


def question_for(shop: Project) -> turns.Question:
    return turns.Question(
        key=turns.TurnKey(shop.organization_id, shop.pk, uuid4(), uuid4()),
        client_id=uuid4(),
        visitor_id=uuid4(),
        channel="widget",
        page_url="",
        text=QUESTION,
        now=timezone.now(),
    )


async def listen(feed: Feed, *, until: int | None = None) -> tuple[str, Finished | Failed | None]:
    """What is heard up to so many characters, or to the end."""
    text = ""
    async with asyncio.timeout(60), aclosing(feed.follow()) as told:
        async for each in told:
            if isinstance(each, Piece):
                text += each.text
            elif isinstance(each, Finished | Failed):
                return text, each
            if until is not None and len(text) >= until:
                break
    return text, None


async def ended(feed: Feed) -> Finished | Failed:
    """The end of an answer that nobody listens to."""
    await until(lambda: feed.end)  # to listen would keep it alive
    assert feed.end is not None
    return feed.end


async def test_turn_that_nobody_listens_to_any_more_stops_after_the_grace(
    live: LiveTurns, shop: Project, provider: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "GRACE_SECONDS", 0.5)
    provider.behaviour = ENDLESS
    question = question_for(shop)
    feed = live.ask(question)
    heard, _ = await listen(feed, until=20)
    assert await ended(feed) == failed("stopped")
    assert len(heard) < len(feed.text) < len(ENDLESS.text)
    record = await turns.read(question.key)
    assert record is not None
    assert (record.ending.state, record.ending.code) == ("ready", "stopped")
    assert record.ending.text == feed.text
    assert (await asyncio.to_thread(provider.outcomes))[-1] == "left"


async def test_turn_that_nobody_ever_listens_to_stops_after_the_grace(
    live: LiveTurns, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "GRACE_SECONDS", 0.5)
    assert await ended(live.ask(question_for(shop))) == failed("stopped")


async def test_turn_that_is_listened_to_again_in_time_goes_on(
    live: LiveTurns, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "GRACE_SECONDS", 3.0)  # the answer takes a second more
    question = question_for(shop)
    await listen(live.ask(question), until=20)
    await asyncio.sleep(0.05)
    again = live.find(question.key.conversation_id, question.client_id)
    assert again is not None
    text, end = await listen(again)
    assert text == LONG
    assert isinstance(end, Finished)
    await until(lambda: not live.find(question.key.conversation_id, question.client_id))


async def test_turn_renews_its_lease_and_keeps_checkpoints(
    live: LiveTurns, shop: Project, provider: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "RENEW_SECONDS", 0.2)
    provider.behaviour = ENDLESS
    question = question_for(shop)
    await listen(live.ask(question), until=1)
    before, _ = await in_tenant(shop.organization_id, lease, question.key.turn_id)
    checkpoint = await kept(question, characters=20)
    after, _ = await in_tenant(shop.organization_id, lease, question.key.turn_id)
    assert after > before
    assert LONG.startswith(checkpoint)


async def kept(question: turns.Question, *, characters: int) -> str:
    """The checkpoint of a turn, as soon as it is longer than so many characters."""
    async with asyncio.timeout(60):
        while True:
            _, text = await in_tenant(question.key.organization_id, lease, question.key.turn_id)
            if len(text) > characters:
                return text
            await asyncio.sleep(0.02)


def lease(turn_id: UUID) -> tuple[datetime, str]:
    turn = Turn.objects.get(pk=turn_id)
    assert turn.lease_expires_at is not None
    return turn.lease_expires_at, turn.text.open()


async def test_turn_that_was_taken_over_stops_and_tells_what_was_recorded(
    live: LiveTurns, shop: Project, provider: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "RENEW_SECONDS", 0.2)
    provider.behaviour = ENDLESS
    question = question_for(shop)
    feed = live.ask(question)
    await listen(feed, until=20)
    await in_tenant(shop.organization_id, take_over, question.key.turn_id)
    _, end = await listen(feed)
    assert end == failed("interrupted")
    record = await turns.read(question.key)
    assert record is not None
    assert record.ending == turns.failed_ending(turns.INTERRUPTED, text="Parcel 0")
    assert (await asyncio.to_thread(provider.outcomes))[-1] == "left"


def take_over(turn_id: UUID) -> None:
    Turn.objects.filter(pk=turn_id).update(lease_expires_at=timezone.now())
    assert turns.close_lapsed(turn_id=turn_id, text="Parcel 0", now=timezone.now())


async def test_turn_of_a_conversation_that_is_deleted_stops(
    live: LiveTurns, shop: Project, provider: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "RENEW_SECONDS", 0.2)
    provider.behaviour = ENDLESS
    question = question_for(shop)
    feed = live.ask(question)
    await listen(feed, until=20)
    await in_tenant(shop.organization_id, forget, question.key.conversation_id)
    _, end = await listen(feed)
    assert end == failed("interrupted")


def forget(conversation_id: UUID) -> None:
    Conversation.objects.filter(pk=conversation_id).delete()


async def test_process_that_ends_waits_for_answers_and_interrupts_the_late_ones(
    live: LiveTurns, shop: Project, provider: OpenAIServer
) -> None:
    provider.behaviour = ENDLESS
    late = question_for(shop)
    feed = live.ask(late)
    slow = asyncio.create_task(listen(feed))
    await until(lambda: feed.text)
    provider.behaviour = Behaviour(text=ANSWER, token_seconds=0.02)
    soon = live.ask(question_for(shop))
    quick = asyncio.create_task(listen(soon))
    await until(lambda: soon.text)
    await live.drain(seconds=3.0)
    with pytest.raises(NotNow):
        live.ask(question_for(shop))
    text, end = await slow
    assert (end, text) == (failed("interrupted"), ENDLESS.text[: len(text)])
    assert (await quick)[0] == ANSWER
    record = await turns.read(late.key)
    assert record is not None
    assert record.ending.code == turns.INTERRUPTED
    assert record.ending.text == text


async def test_process_with_its_hands_full_takes_no_question(
    live: LiveTurns, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "MOST_TURNS", 1)
    first = question_for(shop)
    feed = live.ask(first)
    with pytest.raises(NotNow):
        live.ask(question_for(shop))
    assert live.ask(first) is feed
