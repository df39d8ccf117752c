"""Words that conversations lack are found by a job; lists stay quick whatever is searched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.tenancy.context import tenant
from askorac.testing.keys import taken_away
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from conversations import finding, listing
from conversations.finding import FIND_WORDS, ask_for_words, lacks_words
from conversations.listing import Wanted, list_conversations, matching
from conversations.models import Conversation, ConversationWord
from conversations.removal import delete_conversation
from conversations.words import terms_sought
from projects.models import Project

from .conversing import converse, exchange
from .test_views_conversations import at

if TYPE_CHECKING:
    from collections.abc import Collection

WORDS = ("harbour", "lighthouse", "ferry")


@pytest.fixture
def talks(project: Project) -> list[UUID]:
    """Three conversations, each with a word more than the one before."""
    with tenant(project.organization_id):
        made = [converse(project, minute=minute) for minute in range(3)]
        for number, talk in enumerate(made, start=1):
            exchange(project, talk, f"Where is the {' and the '.join(WORDS[:number])}?", "There.")
    return made


def found(project: Project, words: str) -> list[UUID]:
    """The ids of what the list shows, the latest first."""
    wanted = Wanted(terms=terms_sought(project.organization_id, words=words, page=""))
    with tenant(project.organization_id):
        return [row.id for row in list_conversations(project=project, wanted=wanted).rows]


def forget_words(project: Project, talks: Collection[UUID]) -> None:
    """As if the conversations were from before there were words."""
    with tenant(project.organization_id):
        ConversationWord.objects.filter(conversation_id__in=talks).delete()
        Conversation.objects.filter(pk__in=talks).update(has_words=False)


def run_the_job(project: Project) -> Job:
    with tenant(project.organization_id):
        ask_for_words(project.pk, now=timezone.now())
        job = Job.objects.get(kind=FIND_WORDS)
    run_job(str(project.organization_id), str(job.pk))
    with tenant(project.organization_id):
        return Job.objects.get(pk=job.pk)


def test_all_words_must_have_been_said(project: Project, talks: list[UUID]) -> None:
    first, second, third = talks
    assert found(project, "harbours") == [third, second, first]
    assert found(project, "harbour lighthouses") == [third, second]
    assert found(project, "ferries lighthouse harbour") == [third]
    assert found(project, "ferry castle") == []


@pytest.mark.parametrize("most", [0, 1, 2])
def test_common_words_find_the_same(
    project: Project, talks: list[UUID], monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(listing, "MOST_LISTED", most)
    test_all_words_must_have_been_said(project, talks)


def test_job_finds_words_batch_by_batch(
    project: Project, talks: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "BATCH", 2)
    forget_words(project, talks)
    assert found(project, "harbour") == []
    job = run_the_job(project)
    assert (job.state, job.done, job.total) == (State.READY, 3, 3)
    test_all_words_must_have_been_said(project, talks)
    with tenant(project.organization_id):
        assert not lacks_words(project.pk, now=timezone.now())


def test_job_that_was_broken_off_goes_on(project: Project, talks: list[UUID]) -> None:
    forget_words(project, talks[:1])
    with tenant(project.organization_id):
        before = set(ConversationWord.objects.values_list("pk", flat=True))
    assert run_the_job(project).done == 1
    with tenant(project.organization_id):
        assert before < set(ConversationWord.objects.values_list("pk", flat=True))
    test_all_words_must_have_been_said(project, talks)


def test_words_go_with_their_conversation(
    organization: Customer, project: Project, talks: list[UUID]
) -> None:
    with tenant(organization.id):
        delete_conversation(
            project=project, conversation_id=talks[2], by=organization.actor, now=timezone.now()
        )
        left = ConversationWord.objects.filter(conversation_id=talks[2]).count()
    assert left == 0
    assert found(project, "ferry") == []


def test_search_costs_one_statement_more_however_many_words(
    project: Project, talks: list[UUID]
) -> None:
    counts = []
    for words in ("harbour", "harbour lighthouse ferry", "castle"):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            found(project, words)
        counts.append(len(captured))
    with CaptureQueriesContext(connection) as captured:
        found(project, "")
    assert counts == [len(captured) + 1] * 3


@pytest.fixture
def many(project: Project) -> Iterator[Project]:
    """A project whose conversations are many enough for the planner to care."""
    with tenant(project.organization_id):
        for minute in range(300):
            converse(project, minute=minute)
        ids = list(Conversation.objects.values_list("pk", flat=True))
        rows = [
            ConversationWord(
                organization_id=project.organization_id,
                project_id=project.pk,
                conversation_id=id_,
                word=word,
            )
            for at, id_ in enumerate(ids)
            for word in [1, 2, *(uuid4().int % 2**62 for _ in range(20)), at]
        ]
        ConversationWord.objects.bulk_create(rows, ignore_conflicts=True)
    yield project


def plan_of(project: Project, *words: int) -> str:
    wanted = Wanted(terms=tuple(frozenset({word}) for word in words))
    with tenant(project.organization_id):
        page = matching(project, wanted).order_by("-last_message_at", "id")[:31]
        return page.explain()


def test_rare_words_are_asked_of_their_index(many: Project) -> None:
    plan = plan_of(many, 7, 1)
    assert "Index Only Scan using conversation_of_word" in plan
    assert "Seq Scan" not in plan


def test_common_words_are_looked_up_along_the_list(
    many: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST_LISTED", 100)
    plan = plan_of(many, 1, 2)
    assert "Index Scan using conversation_newest" in plan
    assert plan.count(" on conversations_conversationword") == 2
    assert [kind for kind in ("Seq Scan", "Sort") if kind in plan] == []


def test_list_says_that_words_are_still_being_found(
    organization: Customer, project: Project, talks: list[UUID]
) -> None:
    forget_words(project, talks[:1])
    client, program = browser(organization.owner), new_program(organization)
    shown = client.get(f"{at('list', project)}?words=lighthouse").content.decode()
    assert ("still being made findable" in shown, "and the lighthouse" in shown) == (True, True)
    with tenant(organization.id):
        job = Job.objects.get(kind=FIND_WORDS)
    assert "still being" not in client.get(at("list", project)).content.decode()
    run_job(str(organization.id), str(job.pk))
    shown = client.get(f"{at('list', project)}?words=harbour").content.decode()
    assert ("still being" in shown, shown.count('name="chosen"')) == (False, 3)
    answer = program("GET", f"projects/{project.pk}/conversations/?words=ferry").json()
    assert [row["id"] for row in answer["results"]] == [str(talks[2])]


def test_search_is_closed_with_the_key(
    organization: Customer, project: Project, talks: list[UUID]
) -> None:
    path = f"projects/{project.pk}/conversations/?words=ferry"
    with taken_away(organization.id):
        page = browser(organization.owner).get(f"{at('list', project)}?words=ferry")
        answer = new_program(organization)("GET", path)
    assert (page.status_code, answer.status_code) == (423, 423)
