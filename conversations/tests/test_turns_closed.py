"""A key that is taken away while turns run: they end, say why, write nothing in clear, and lose no
more than the last seconds; what was kept is read when the key is back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from askorac.sealing import KeyRevoked, KeysAway, keyrings
from askorac.sealing.keyring import OpenKeys
from askorac.tenancy.context import in_tenant, in_thread
from askorac.testing.keys import out_of_reach, taken_away
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour
from askorac.testing.people import Customer
from conversations import streaming, turns
from conversations.asking import NotTaken, put_question
from conversations.broker import close_broker
from conversations.doors import door_of
from conversations.events import failed
from conversations.feeds import Feed
from conversations.following import fill
from conversations.incoming import read_asking
from conversations.models import Channel, Message, Turn
from conversations.replay import Reader
from conversations.streaming import LiveTurns
from conversations.tasks import close_lapsed_turns
from conversations.transcripts import Transcript, read_conversation
from conversations.visitors import Visitor
from keys.clients import close_clients
from projects.models import Project

from .conftest import ANSWER, QUESTION
from .documents import ask
from .test_streaming_turns import ENDLESS, SLOW, ended, listen
from .test_streaming_turns import kept as kept_so_far

LASTS_SECONDS = 6.0

Closing = Callable[[UUID], AbstractContextManager[None]]
CLOSING = pytest.mark.parametrize(
    ("closing", "code"),
    [(taken_away, "key_revoked"), (out_of_reach, "keys_away")],
    ids=["revoked", "away"],
)


@pytest.fixture
async def live(provider: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LiveTurns]:
    """The turns of a process that renews its leases often; the provider answers slowly."""
    provider.behaviour = SLOW
    monkeypatch.setattr(settings, "OPENAI_API_KEY", "sk-test")
    monkeypatch.setattr(settings, "OPENAI_BASE_URL", provider.base_url)
    monkeypatch.setattr(streaming, "RENEW_SECONDS", 0.2)
    await turns.open_pool()
    live = LiveTurns()
    live.open()
    yield live
    await live.drain(seconds=0)
    await turns.close_pool()
    await close_broker()
    await close_clients()


@pytest.fixture
async def pool() -> AsyncIterator[None]:
    await turns.open_pool()
    yield
    await turns.close_pool()
    await close_broker()


def stored(turn_id: UUID) -> tuple[str, str, bool, list[tuple[str, bool]]]:
    """A turn's state and code, whether it has a text, and whether its messages have one."""
    turn = Turn.objects.get(pk=turn_id)
    messages = Message.objects.filter(turn_id=turn_id).order_by("-speaker")
    said = [(each.speaker, bool(each.text)) for each in messages]
    return turn.state, turn.code, bool(turn.text), said


def transcript(project: Project, conversation_id: UUID) -> Transcript | None:
    return read_conversation(project=project, conversation_id=conversation_id)


async def said(project: Project, question: turns.Question) -> list[tuple[str, str, str]]:
    found = await in_tenant(
        project.organization_id, transcript, project, question.key.conversation_id
    )
    assert found is not None
    return [(line.speaker, line.text, line.code) for line in found.lines]


async def lapse(question: turns.Question) -> None:
    now = timezone.now()
    await in_tenant(
        question.key.organization_id,
        lambda: Turn.objects.filter(pk=question.key.turn_id).update(lease_expires_at=now),
    )


@CLOSING
async def test_answer_stops_when_the_key_is_taken_away(
    live: LiveTurns,
    shop: Project,
    organization: Customer,
    provider: OpenAIServer,
    closing: Closing,
    code: str,
) -> None:
    provider.behaviour = ENDLESS
    question = replace(ask(shop, QUESTION), page_url="")
    feed = live.ask(question)
    await listen(feed, until=1)
    await kept_so_far(question, characters=20)
    with closing(organization.id):
        _, end = await listen(feed)
        assert end == failed(code)
        assert await in_tenant(shop.organization_id, stored, question.key.turn_id) == (
            *("failed", code, True),
            [("visitor", True), ("assistant", False)],
        )
        assert (await asyncio.to_thread(provider.outcomes))[-1] == "left"
    (_, asked, _), (_, kept, ended_as) = await said(shop, question)
    assert (asked, ended_as) == (QUESTION, code)
    assert feed.text.startswith(kept) and len(kept) > 20
    record = await turns.read(question.key)
    assert record is not None
    assert (record.ending.code, record.ending.text) == (code, kept)
    provider.behaviour = Behaviour(text=ANSWER)
    assert await listen(live.ask(replace(ask(shop, QUESTION), page_url=""))) != ("", failed(code))


async def test_answer_goes_on_while_its_key_may_be_used_though_the_service_is_away(
    live: LiveTurns, shop: Project, provider: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_organization_id: UUID) -> OpenKeys:
        raise KeysAway

    provider.behaviour = ENDLESS
    keyrings.forget(shop.organization_id)
    feed = live.ask(ask(shop, QUESTION))
    await listen(feed, until=20)
    monkeypatch.setattr(keyrings, "_loader", away)
    said_before = len(feed.text)
    monkeypatch.setattr(settings, "KEYRING_SECONDS", LASTS_SECONDS)
    _, end = await listen(feed)
    assert end == failed("keys_away")
    assert len(feed.text) > said_before


@CLOSING
async def test_question_meanwhile_is_not_taken_and_costs_nothing(
    live: LiveTurns,
    shop: Project,
    organization: Customer,
    provider: OpenAIServer,
    closing: Closing,
    code: str,
) -> None:
    provider.requests.clear()  # of reading the document
    door = await in_tenant(shop.organization_id, door_of, shop)
    visitor = Visitor(uuid4(), uuid4(), Channel.WIDGET, is_new=True)
    asking = read_asking(question_id=uuid4(), question=QUESTION, page_url="", context=None)
    with closing(organization.id):
        with pytest.raises(NotTaken) as refused:
            await put_question(asking, visitor=visitor, door=door, address=None)
        assert refused.value.why.code == code
        assert await listen(live.ask(ask(shop))) == ("", failed(code))
    assert provider.requests == []
    assert await in_tenant(shop.organization_id, Turn.objects.count) == 0


async def test_answer_said_to_its_end_without_a_key_is_not_told_as_finished(
    pool: None, project: Project, organization: Customer
) -> None:
    question = ask(project)
    await turns.begin(question)
    await turns.renew(question.key, turns.FIRST_FENCE, "Within 30")
    ending = turns.Ending("ready", "", "Within 30 days.", confidence=0.9, is_answered=True)
    with taken_away(organization.id):
        assert await turns.finish(question, turns.FIRST_FENCE, ending) == "key_revoked"
        with pytest.raises(KeyRevoked):
            await turns.read(question.key)
    record = await turns.read(question.key)
    assert record is not None
    assert record.ending == turns.failed_ending("key_revoked", text="Within 30")


async def test_turn_whose_process_died_meanwhile_keeps_its_checkpoint(
    pool: None, project: Project, organization: Customer
) -> None:
    question = ask(project)
    await turns.begin(question)
    await turns.renew(question.key, turns.FIRST_FENCE, "Within 30")
    await lapse(question)
    with taken_away(organization.id):
        await in_thread(close_lapsed_turns)
        assert await in_tenant(project.organization_id, stored, question.key.turn_id) == (
            *("failed", "interrupted", True),
            [("visitor", True), ("assistant", False)],
        )
    assert await said(project, question) == [
        ("visitor", question.text, ""),
        ("assistant", "Within 30", "interrupted"),
    ]


async def test_who_follows_another_process_is_told_that_it_is_closed(
    pool: None, project: Project, organization: Customer
) -> None:
    question = ask(project)
    await turns.begin(question)
    record = await turns.read(question.key)
    assert record is not None
    feed = Feed()
    following = asyncio.create_task(fill(feed, record, Reader(on_stop=lambda _: None)))
    await asyncio.sleep(0.2)
    with taken_away(organization.id):
        assert await ended(feed) == failed("key_revoked")
    await following


async def test_lease_is_held_without_a_key_and_no_checkpoint_is_written(
    pool: None, project: Project, organization: Customer
) -> None:
    question = ask(project)
    await turns.begin(question)
    with taken_away(organization.id):
        await turns.renew(question.key, turns.FIRST_FENCE)
        with pytest.raises(KeyRevoked):
            await turns.renew(question.key, turns.FIRST_FENCE, "Within 30")
    state, _, has_text, _ = await in_tenant(project.organization_id, stored, question.key.turn_id)
    assert (state, has_text) == ("processing", False)
