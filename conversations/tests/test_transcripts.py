"""What was said, read again: lists, whole conversations, and their deletion."""

from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from askorac.tenancy.context import tenant
from askorac.testing.people import Customer, new_project
from conversations.events import SENTENCES
from conversations.listing import count_conversations, list_conversations
from conversations.models import Conversation, Message, Turn
from conversations.removal import delete_conversation
from conversations.transcripts import read_conversation, read_history, read_lines
from projects.models import AuditEvent, Project

from .conversing import CITATION, START, converse, exchange


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_same_number_of_questions(project: Project, count: int) -> None:
    with tenant(project.organization_id):
        for minute in range(count):
            exchange(project, converse(project, minute=minute), "Q?", "A.")
        with CaptureQueriesContext(connection) as queries:
            assert len(list_conversations(project=project).rows) == count
    assert len(queries) == 1


def test_list_goes_on_where_the_page_ended(project: Project) -> None:
    with tenant(project.organization_id):
        ids = [converse(project, minute=minute // 2) for minute in range(7)]
        seen: list[UUID] = []
        before: str | None = None
        while True:
            page = list_conversations(project=project, before=before, limit=3)
            seen += [row.id for row in page.rows]
            if page.older is None:
                break
            before = page.older
    assert len(seen) == 7
    assert set(seen) == set(ids)


def test_conversation_is_read_in_the_order_it_was_said(project: Project) -> None:
    with tenant(project.organization_id):
        conversation_id = converse(project)
        exchange(project, conversation_id, "First?", "One [1].", minute=1)
        exchange(project, conversation_id, "Second?", "Tw", minute=2, code="stopped")
        transcript = read_conversation(project=project, conversation_id=conversation_id)
    assert transcript is not None
    assert transcript.conversation.first_question == "First?"
    assert [(line.speaker, line.text, line.code) for line in transcript.lines] == [
        ("visitor", "First?", ""),
        ("assistant", "One [1].", ""),
        ("visitor", "Second?", ""),
        ("assistant", "Tw", "stopped"),
    ]
    assert transcript.lines[1].citations == (CITATION,)
    assert transcript.lines[0].citations == ()


def test_conversation_of_another_project_is_not_found(
    organization: Customer, project: Project
) -> None:
    other = new_project(organization, "Other")
    with tenant(organization.id):
        conversation_id = converse(project)
        assert read_conversation(project=other, conversation_id=conversation_id) is None
        assert not delete_conversation(
            project=other, conversation_id=conversation_id, by=organization.actor, now=START
        )
        assert list_conversations(project=other).rows == ()
        assert count_conversations(project=project) == 1


def test_conversation_is_deleted_with_all_that_was_said(
    organization: Customer, project: Project
) -> None:
    with tenant(organization.id):
        conversation_id, kept = converse(project), converse(project)
        exchange(project, conversation_id, "Secret?", "Yes.")
        exchange(project, kept, "Kept?", "Yes.")
        assert delete_conversation(
            project=project, conversation_id=conversation_id, by=organization.actor, now=START
        )
        assert list(Conversation.objects.values_list("pk", flat=True)) == [kept]
        assert (Turn.objects.count(), Message.objects.count()) == (1, 2)
        event = AuditEvent.objects.get(action="conversation.deleted")
    assert (event.target_id, event.target_label.open(), event.actor_id) == (
        conversation_id,
        "",
        organization.owner.pk,
    )


def test_visitor_who_returns_reads_what_was_said(project: Project) -> None:
    with tenant(project.organization_id):
        conversation_id = converse(project)
        for minute in range(3):
            exchange(project, conversation_id, f"Q{minute}?", f"A{minute}.", minute=minute)
        exchange(project, conversation_id, "Q3?", "", minute=3, code="interrupted")
    with tenant(project.organization_id, project_id=project.pk, conversation_id=conversation_id):
        texts = [line.text for line in read_lines(conversation_id, 5)]
    assert texts == ["A1.", "Q2?", "A2.", "Q3?", SENTENCES["interrupted"]]


def test_history_is_the_latest_pairs_before_a_turn(project: Project) -> None:
    with tenant(project.organization_id):
        conversation_id = converse(project)
        for minute in range(4):
            exchange(project, conversation_id, f"Q{minute}?", f"A{minute}.", minute=minute)
        now = exchange(project, conversation_id, "Now?", None, minute=9)
        assert read_history(conversation_id, but=now, most=2) == [("Q2?", "A2."), ("Q3?", "A3.")]
