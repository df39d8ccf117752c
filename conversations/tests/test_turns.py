"""A turn is recorded exactly once, whatever breaks."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings
from django.utils import timezone

from askorac.tenancy.context import in_tenant
from askorac.tenancy.lookups import lapsed_turns
from conversations.events import Citation, Citations, Failed, Finished, Started, Token
from conversations.models import Conversation, Message, Turn
from conversations.turns import (
    FIRST_FENCE,
    STOPPED,
    Begun,
    LeaseLost,
    Question,
    Record,
    TurnKey,
    begin,
    close_lapsed,
    close_pool,
    failed_ending,
    finish,
    finished_ending,
    open_pool,
    read,
    read_unfinished,
    renew,
)
from projects.models import Project

from .documents import ask

ANSWER = Finished(
    text="Within 30 days [1].",
    confidence=0.8,
    is_answered=True,
    suggestions=(),
    provider="openai",
    model="gpt",
    input_tokens=120,
    output_tokens=7,
)
CITED = (
    Citation(
        n=1,
        title="Returns",
        path="/cited/x/",
        quote="Within 30 days.",
        page=2,
        document_id=uuid4(),
        chunk_id=uuid4(),
    ),
)


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    await open_pool()
    yield
    await close_pool()


def again(question: Question) -> Question:
    """The same question from the same client, under a turn id of another process."""
    return replace(question, key=replace(question.key, turn_id=uuid4()))


async def counts(organization_id: UUID) -> tuple[int, int, int]:
    models = (Conversation, Turn, Message)
    return await in_tenant(
        organization_id, lambda: tuple(model.objects.count() for model in models)
    )


async def lapse(key: TurnKey) -> None:
    turns = Turn.objects.filter
    await in_tenant(
        key.organization_id, lambda: turns(pk=key.turn_id).update(lease_expires_at=timezone.now())
    )


async def close(key: TurnKey, text: str) -> bool:
    return await in_tenant(
        key.organization_id, close_lapsed, turn_id=key.turn_id, text=text, now=timezone.now()
    )


async def test_turn_begun_and_finished_is_read_back_whole(project: Project) -> None:
    question = ask(project)
    assert await begin(question) == Begun(question.key, FIRST_FENCE)
    await finish(question, FIRST_FENCE, finished_ending(ANSWER, CITED))
    record = await read(question.key)
    assert record == Record(
        key=question.key,
        client_id=question.client_id,
        fence=FIRST_FENCE,
        has_lapsed=False,
        question="When can I return it?",
        ending=finished_ending(ANSWER, CITED),
    )
    assert list(record.events()) == [
        Started(question.key.answer_message_id),
        Token(ANSWER.text),
        Citations(CITED),
        ANSWER,
    ]
    assert await counts(project.organization_id) == (1, 1, 2)


async def test_turn_asked_again_is_the_record_of_the_first(project: Project) -> None:
    question = ask(project)
    await begin(question)
    record = await begin(again(question))
    assert isinstance(record, Record)
    assert (record.key, record.is_processing, record.ending.text) == (question.key, True, "")
    await finish(question, FIRST_FENCE, finished_ending(ANSWER, ()))
    record = await begin(again(question))
    assert isinstance(record, Record)
    assert record.ending.text == ANSWER.text
    assert await counts(project.organization_id) == (1, 1, 2)


async def test_turn_asked_by_twenty_at_once_is_begun_once(project: Project) -> None:
    question = ask(project)
    outcomes = await asyncio.gather(*(begin(again(question)) for _ in range(20)))
    assert sum(isinstance(outcome, Begun) for outcome in outcomes) == 1
    assert await counts(project.organization_id) == (1, 1, 1)


async def test_turn_finished_twice_by_its_holder_is_recorded_once(project: Project) -> None:
    question = ask(project)
    await begin(question)
    await finish(question, FIRST_FENCE, finished_ending(ANSWER, ()))
    await finish(question, FIRST_FENCE, failed_ending(STOPPED, text="other"))
    record = await read(question.key)
    assert record is not None
    assert record.ending == finished_ending(ANSWER, ())


async def test_turn_with_another_fence_is_left_alone(project: Project) -> None:
    question = ask(project)
    await begin(question)
    with pytest.raises(LeaseLost):
        await renew(question.key, FIRST_FENCE + 1)
    with pytest.raises(LeaseLost):
        await finish(question, FIRST_FENCE + 1, finished_ending(ANSWER, ()))
    assert await counts(project.organization_id) == (1, 1, 1)


async def test_turn_lapsed_is_closed_once_with_the_longer_text(project: Project) -> None:
    question = ask(project)
    await begin(question)
    await renew(question.key, FIRST_FENCE, "Within 30")
    await lapse(question.key)
    lapsed = await in_tenant(project.organization_id, lapsed_turns, 1000)
    assert (question.key.organization_id, question.key.turn_id) in lapsed
    record = await read(question.key)
    assert record is not None
    assert (record.has_lapsed, record.ending.text) == (True, "Within 30")
    assert await close(question.key, "Within 30 days")
    assert not await close(question.key, "Within")
    with pytest.raises(LeaseLost):
        await finish(question, FIRST_FENCE, finished_ending(ANSWER, ()))
    with pytest.raises(LeaseLost):
        await renew(question.key, FIRST_FENCE)
    record = await read(question.key)
    assert record is not None
    assert record.ending == failed_ending("interrupted", text="Within 30 days")
    assert await counts(project.organization_id) == (1, 1, 2)


async def test_turn_lapsed_keeps_its_checkpoint_when_nothing_else_is_found(
    project: Project,
) -> None:
    question = ask(project)
    await begin(question)
    await renew(question.key, FIRST_FENCE, "Within 30")
    await lapse(question.key)
    assert await close(question.key, "")
    record = await read(question.key)
    assert record is not None
    assert record.ending.text == "Within 30"


async def test_turn_renewed_is_not_lapsed(project: Project) -> None:
    question = ask(project)
    await begin(question)
    await lapse(question.key)
    await renew(question.key, FIRST_FENCE)
    assert not await close(question.key, "x")


async def test_turn_cancelled_while_it_is_finished_is_recorded_first(project: Project) -> None:
    question = ask(project)
    await begin(question)
    task = asyncio.create_task(finish(question, FIRST_FENCE, finished_ending(ANSWER, ())))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    record = await read(question.key)
    assert record is not None
    assert record.ending.text == ANSWER.text


async def test_turn_stopped_is_ready_with_what_was_said(project: Project) -> None:
    question = ask(project)
    await begin(question)
    await finish(question, FIRST_FENCE, failed_ending(STOPPED, text="Within"))
    record = await read(question.key)
    assert record is not None
    assert (record.ending.state, record.ending.is_answered) == ("ready", None)
    _started, token, last = record.events()
    assert token == Token("Within")
    assert isinstance(last, Failed)
    assert last.code == STOPPED


async def test_turn_of_a_deleted_conversation_loses_its_lease(project: Project) -> None:
    question = ask(project)
    await begin(question)
    conversations = Conversation.objects.filter
    await in_tenant(
        project.organization_id, lambda: conversations(pk=question.key.conversation_id).delete()
    )
    with pytest.raises(LeaseLost):
        await finish(question, FIRST_FENCE, finished_ending(ANSWER, ()))
    assert await read(question.key) is None


async def test_turn_with_unstorable_characters_is_kept_without_them(project: Project) -> None:
    question = ask(project, "a\0b \ud800 c")
    await begin(question)
    await finish(question, FIRST_FENCE, failed_ending(STOPPED, text="d\0e\udfff"))
    record = await read(question.key)
    assert record is not None
    assert (record.question, record.ending.text) == ("ab ? c", "de?")


async def test_turn_unfinished_is_found_by_its_conversation_alone(project: Project) -> None:
    question, other = ask(project), ask(project)
    await begin(question)
    await begin(other)
    found = await read_unfinished(
        organization_id=question.key.organization_id,
        project_id=question.key.project_id,
        conversation_id=question.key.conversation_id,
    )
    assert found is not None
    assert found.key == question.key
    await finish(question, FIRST_FENCE, finished_ending(ANSWER, ()))
    assert (
        await read_unfinished(
            organization_id=question.key.organization_id,
            project_id=question.key.project_id,
            conversation_id=question.key.conversation_id,
        )
        is None
    )


async def test_turn_is_hidden_from_another_conversation(project: Project) -> None:
    question = ask(project)
    await begin(question)
    elsewhere = replace(question.key, conversation_id=uuid4())
    assert await read(elsewhere) is None
    with pytest.raises(LeaseLost):
        await finish(replace(question, key=elsewhere), FIRST_FENCE, finished_ending(ANSWER, ()))


async def test_turn_survives_that_its_connections_are_cut(project: Project) -> None:
    question = ask(project)
    await begin(question)
    with psycopg.connect(app_address(), autocommit=True) as session:
        cut = session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'orac_app' AND application_name = 'turns'"
        ).fetchall()
    assert cut
    await finish(question, FIRST_FENCE, finished_ending(ANSWER, ()))
    assert await counts(project.organization_id) == (1, 1, 2)


def app_address() -> str:
    database = settings.DATABASES["default"]
    return psycopg.conninfo.make_conninfo(
        host=database["HOST"],
        port=database["PORT"],
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
    )


async def test_turn_context_is_not_seen_in_statements(project: Project) -> None:
    question = ask(project)
    await begin(question)
    with psycopg.connect(app_address(), autocommit=True) as other:
        rows = other.execute("SELECT query FROM pg_stat_activity").fetchall()
    assert [query for (query,) in rows if str(project.organization_id) in (query or "")] == []
