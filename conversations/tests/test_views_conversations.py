"""The dashboard's pages of conversations, asked for by those who may, may not and must not."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from askorac.jobs.models import State
from askorac.tenancy.context import tenant
from askorac.testing.pages import answers, browser, new_member
from askorac.testing.people import Customer
from conversations.events import Citation
from conversations.listing import PAGE
from conversations.models import Channel, Conversation, Message, Speaker, Turn
from projects.models import AuditEvent, Project

SEEN = {"owner": 200, "viewer": 200, "stranger": 404, "nobody": 302}
EDITED = {"owner": 200, "viewer": 403, "stranger": 404, "nobody": 302}
QUESTION = "Can I bring a <dog>?"
ANSWER = "Yes, in a box [1]."
CITATION = Citation(
    n=1,
    title="Conditions of carriage",
    path="/cited/token/",
    quote="Dogs travel in a box.",
    page=14,
    document_id=uuid4(),
    chunk_id=uuid4(),
)


def new_conversation(
    customer: Customer, project: Project, *, at: datetime, is_answered: bool = True, code: str = ""
) -> UUID:
    """A conversation of one question and its answer, a moment later."""
    with tenant(customer.id):
        conversation = Conversation.objects.create(
            project=project,
            visitor_id=uuid4(),
            channel=Channel.WIDGET,
            page_url="https://shop.example/dogs",
            started_at=at,
            last_message_at=at,
            question_count=1,
            unanswered_count=int(not is_answered),
            is_answered=is_answered,
        )
        turn = Turn.objects.create(
            project=project,
            conversation=conversation,
            client_id=uuid4(),
            state=State.FAILED if code else State.READY,
            code=code,
            started_at=at,
            finished_at=at,
        )
        said = {"project": project, "conversation": conversation, "turn": turn, "at": at}
        Message.objects.create(**said, speaker=Speaker.VISITOR, text=QUESTION, citations=[])
        Message.objects.create(
            **said,
            speaker=Speaker.ASSISTANT,
            text=ANSWER,
            citations=[CITATION.stored()] if is_answered else [],
            confidence=0.83,
            is_answered=is_answered,
        )
    return conversation.pk


def count(customer: Customer) -> int:
    with tenant(customer.id):
        return Conversation.objects.count()


def at(name: str, project: Project, conversation_id: UUID | None = None) -> str:
    args = [project.pk, conversation_id] if conversation_id else [project.pk]
    return reverse(f"conversations:{name}", args=args)


@pytest.fixture
def conversation_id(organization: Customer, project: Project) -> UUID:
    return new_conversation(organization, project, at=timezone.now())


@pytest.mark.parametrize("name", ["list", "panel", "latest", "playground", "install"])
def test_page_by_person(
    organization: Customer, stranger: Customer, project: Project, name: str
) -> None:
    expected = EDITED if name == "list" else SEEN
    assert answers(organization, stranger, "GET", at(name, project)) == expected


def test_fragments_tell_of_conversations_to_those_who_may_read_them(
    organization: Customer, project: Project, conversation_id: UUID
) -> None:
    editor = new_member(organization, "editor")
    reader = new_member(organization, "viewer", reads_conversations=True)
    for user, counted in ((editor, False), (reader, True), (organization.owner, True)):
        told = browser(user).get(at("panel", project)).content.decode()
        assert ("Open conversations" in told) == counted
        latest = browser(user).get(at("latest", project)).content.decode()
        assert ("Latest questions" in latest) == counted
        page = browser(user).get(reverse("projects:overview", args=[project.pk])).content.decode()
        assert (f'href="{at("list", project)}"' in page) == counted
    assert browser(reader).get(at("read", project, conversation_id)).status_code == 200
    assert browser(editor).get(at("read", project, conversation_id)).status_code == 403


@pytest.mark.parametrize("name", ["read", "delete"])
def test_page_of_a_conversation_by_person(
    organization: Customer, stranger: Customer, project: Project, conversation_id: UUID, name: str
) -> None:
    path = at(name, project, conversation_id)
    assert answers(organization, stranger, "GET", path) == EDITED


@pytest.mark.parametrize("name", ["list", "playground", "install"])
def test_wrong_method_is_refused(organization: Customer, project: Project, name: str) -> None:
    assert browser(organization.owner).post(at(name, project)).status_code == 405


def test_list_without_conversations_says_what_lands_there(
    organization: Customer, project: Project
) -> None:
    page = browser(organization.owner).get(at("list", project)).content.decode()
    assert "Nobody has asked yet" in page


def test_list_shows_first_question_and_outcome(organization: Customer, project: Project) -> None:
    now = timezone.now()
    new_conversation(organization, project, at=now)
    new_conversation(organization, project, at=now, is_answered=False)
    page = browser(organization.owner).get(at("list", project)).content.decode()
    assert page.count("Can I bring a &lt;dog&gt;?</a>") == 2
    assert ("Answered</span>" in page, "1 not known</span>" in page) == (True, True)


def test_list_goes_on_where_the_page_before_ended(organization: Customer, project: Project) -> None:
    now = timezone.now()
    made = [
        new_conversation(organization, project, at=now - timedelta(minutes=number))
        for number in range(PAGE + 1)
    ]
    client = browser(organization.owner)
    first = client.get(at("list", project)).content.decode()
    older = first.partition("?before=")[2].partition('"')[0]
    second = client.get(f"{at('list', project)}?before={older}").content.decode()
    shown = [str(made[number]) in first for number in (0, PAGE - 1, PAGE)]
    assert shown == [True, True, False]
    assert [str(made[number]) in second for number in (PAGE - 1, PAGE)] == [False, True]
    assert "?before=" not in second


@pytest.mark.parametrize("cursor", ["x", "2026-01-01_x", f"2026-01-01T00:00:00_{UUID(int=7)}"])
def test_list_from_a_place_that_is_none(
    organization: Customer, project: Project, cursor: str
) -> None:
    answer = browser(organization.owner).get(at("list", project), {"before": cursor})
    assert answer.status_code == 404


def test_list_takes_as_many_statements_for_three_conversations_as_for_one(
    organization: Customer, project: Project
) -> None:
    client = browser(organization.owner)
    counts = []
    for number in (1, 2):
        for _ in range(number):
            new_conversation(organization, project, at=timezone.now())
        with CaptureQueriesContext(connection) as statements:
            client.get(at("list", project))
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_conversation_is_read_with_what_it_cites(
    organization: Customer, project: Project, conversation_id: UUID
) -> None:
    page = browser(organization.owner).get(at("read", project, conversation_id)).content.decode()
    assert "Can I bring a &lt;dog&gt;?" in page
    assert ANSWER in page
    assert f'href="{CITATION.path}"' in page
    assert ("Page 14" in page, "83 % sure" in page) == (True, True)


def test_conversation_tells_an_answer_that_ended_early(
    organization: Customer, project: Project
) -> None:
    conversation_id = new_conversation(organization, project, at=timezone.now(), code="stopped")
    page = browser(organization.owner).get(at("read", project, conversation_id)).content.decode()
    assert "This answer was stopped." in page


def test_conversation_of_another_project_is_not_found(
    organization: Customer, conversation_id: UUID
) -> None:
    with tenant(organization.id):
        other = Project.objects.create(name="Other", created_at=timezone.now())
    client = browser(organization.owner)
    assert client.get(at("read", other, conversation_id)).status_code == 404
    assert client.post(at("delete", other, conversation_id)).status_code == 404
    assert count(organization) == 1


def test_deletion_is_asked_for_and_done(
    organization: Customer, project: Project, conversation_id: UUID
) -> None:
    client = browser(organization.owner)
    path = at("delete", project, conversation_id)
    asked = client.get(path, headers={"X-Fragment": "dialog"}).content.decode()
    assert (asked.startswith('<form class="confirm"'), count(organization)) == (True, 1)
    done = client.post(path, follow=True)
    assert done.redirect_chain == [(at("list", project), 302)]
    assert count(organization) == 0
    assert "The conversation “Can I bring a &lt;dog&gt;?” was deleted." in done.content.decode()
    with tenant(organization.id):
        assert AuditEvent.objects.filter(action="conversation.deleted").count() == 1


def test_deletion_by_those_who_may_not(
    organization: Customer, stranger: Customer, project: Project, conversation_id: UUID
) -> None:
    path = at("delete", project, conversation_id)
    assert browser(stranger.owner).post(path).status_code == 404
    assert count(organization) == 1


def test_panel_counts(organization: Customer, project: Project) -> None:
    client = browser(organization.owner)
    before = client.get(at("panel", project)).content.decode()
    new_conversation(organization, project, at=timezone.now())
    after = client.get(at("panel", project)).content.decode()
    assert ("Ask it yourself" in before, "<dd>1</dd>" in after) == (True, True)


def test_latest_shows_five_conversations_at_most(organization: Customer, project: Project) -> None:
    client = browser(organization.owner)
    assert client.get(at("latest", project)).content.decode().strip() == ""
    for _ in range(6):
        new_conversation(organization, project, at=timezone.now())
    assert client.get(at("latest", project)).content.decode().count("<li>") == 5


def test_playground_says_that_no_language_model_is_connected(
    organization: Customer, project: Project
) -> None:
    page = browser(organization.owner).get(at("playground", project)).content.decode()
    assert "No language model is connected." in page
    assert "There is nothing to answer from yet." in page
    assert f'data-key="{project.public_key}"' in page
