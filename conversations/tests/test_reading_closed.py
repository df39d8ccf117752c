"""What was said, for who reads it while the key is taken away: every door says that it is closed,
nothing is shown, and what needs no word of it works on."""

import pytest

from askorac.sealing import KeyRevoked
from askorac.tenancy.context import tenant
from askorac.testing.keys import taken_away
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from conversations.cited import Place
from conversations.exporting import export
from conversations.listing import ANYTHING, count_conversations
from conversations.models import Conversation
from projects.models import Project

from .conversing import START, converse, exchange
from .documents import stock

ASKED = "Does the kestrel nest here?"


@pytest.fixture
def talk(project: Project) -> str:
    """A conversation, by its id."""
    with tenant(project.organization_id):
        conversation_id = converse(project)
        exchange(project, conversation_id, ASKED, "Every spring [1].")
    return str(conversation_id)


def test_pages_of_conversations_are_closed_and_open_again(
    organization: Customer, project: Project, talk: str
) -> None:
    client, base = browser(organization.owner), f"/app/projects/{project.pk}/conversations/"
    paths = [base, f"{base}{talk}/", f"{base}{talk}/delete/"]
    with taken_away(organization.id):
        closed = [client.get(path) for path in paths]
    assert [each.status_code for each in closed] == [423] * 3
    assert [b"kestrel" in each.content for each in closed] == [False] * 3
    opened = [client.get(path) for path in paths]
    assert [each.status_code for each in opened] == [200] * 3
    assert b"kestrel" in opened[0].content and b"kestrel" in opened[1].content


def test_program_is_told_that_conversations_are_closed(
    organization: Customer, project: Project, talk: str
) -> None:
    program, base = new_program(organization), f"projects/{project.pk}/conversations/"
    with taken_away(organization.id):
        closed = [program("GET", path) for path in (base, f"{base}{talk}/")]
    assert [(each.status_code, each.json()["code"]) for each in closed] == [
        (423, "key_revoked")
    ] * 2
    assert program("GET", base).json()["results"][0]["first_question"] == ASKED


def test_conversations_are_counted_and_deleted_without_a_key(
    organization: Customer, project: Project, talk: str
) -> None:
    program = new_program(organization)
    with taken_away(organization.id):
        with tenant(organization.id):
            assert count_conversations(project=project) == 1
        path = f"projects/{project.pk}/conversations/{talk}/"
        assert program("DELETE", path).status_code == 204
    with tenant(organization.id):
        assert Conversation.objects.count() == 0


async def test_export_does_not_begin_without_a_key(
    organization: Customer, project: Project
) -> None:
    with taken_away(organization.id):
        parts = export(
            project=project, wanted=ANYTHING, kind="csv", by=organization.actor, now=START
        )
        with pytest.raises(KeyRevoked):
            await anext(parts)


def test_page_of_an_assistant_opens_and_that_of_a_citation_is_closed(
    organization: Customer, project: Project
) -> None:
    [chunk_id, *_] = stock(project)
    place = Place(organization.id, project.pk, chunk_id, 0, 10)
    with taken_away(organization.id):
        closed = browser().get(place.path)
        page = browser().get(f"/chat/{project.public_key}/")
    assert (closed.status_code, b"Returns" in closed.content) == (423, False)
    assert (page.status_code, b"Help desk" in page.content) == (200, True)
    assert browser().get(place.path).status_code == 200
