"""Counted at the wire: what a visitor asks of a customer with a key leaves by their account alone.

The follow-up is rewritten, and both questions are embedded, under the key of the project.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import pytest
from django.test import override_settings
from django.utils import timezone

from askorac.net.addresses import networks_of
from askorac.tenancy.context import tenant
from askorac.testing.openai_server import OpenAIServer, running_openai_server
from askorac.testing.openai_wire import Behaviour, Fault
from askorac.testing.people import Customer
from conversations.answering import answer
from conversations.events import Event, Failed, Finished
from conversations.turns import Question, close_pool, open_pool
from keys.choices import forget_choices
from keys.choosing import Wanted, choose_models
from keys.clients import close_clients
from keys.entering import NewKey
from keys.provider_keys import add_provider_key
from knowledge.tests.ingesting import upload, work
from projects.models import Project

from .documents import ask

THEIRS = "sk-theirs-0123456789abcdefghij"
OF_PROJECT = "sk-project-0123456789abcdefghij"
SHOP = b"# Returns\n\nYou may return a parcel within thirty days.\n\nShipping takes two days."


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    await open_pool()
    yield
    await close_clients()
    await close_pool()


@pytest.fixture
def theirs() -> Iterator[OpenAIServer]:
    with running_openai_server() as server:
        yield server


@pytest.fixture
def ours() -> Iterator[OpenAIServer]:
    with running_openai_server() as server, override_settings(
        OPENAI_API_KEY="sk-ours-0123456789abcdefghijkl",
        OPENAI_BASE_URL=server.base_url,
        ALLOW_PRIVATE_ADDRESSES=networks_of("127.0.0.0/8"),
    ):  # fmt: skip
        forget_choices()
        yield server


@pytest.fixture
def shop(
    organization: Customer, project: Project, ours: OpenAIServer, theirs: OpenAIServer
) -> Project:
    """A project with a key of its own beside the organization's, and a text embedded by it."""
    for project_id, key in ((None, THEIRS), (project.pk, OF_PROJECT)):
        new = NewKey("openai", "Account", key, theirs.base_url, "gpt-5.6-luna")
        add_provider_key(
            organization_id=organization.id,
            project_id=project_id,
            new=new,
            by=organization.actor,
            now=timezone.now(),
        )
    with tenant(organization.id):
        wanted = Wanted(embedding="openai/text-embedding-3-small")
        choose_models(project=project, wanted=wanted, by=organization.actor, now=timezone.now())
    work(upload(organization, project, "shop.md", SHOP))
    with tenant(organization.id):
        return Project.objects.get(pk=project.pk)


async def last_of(question: Question) -> Event:
    async with aclosing(answer(question)) as events:
        return [event async for event in events][-1]


def seen_by(server: OpenAIServer) -> Counter[tuple[str, str]]:
    return Counter((each.path.removeprefix("/v1"), each.key) for each in server.requests)


async def test_question_and_followup_leave_by_the_project_s_account(
    shop: Project, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    theirs.requests.clear()
    first = ask(shop, "When may I return a parcel?")
    followup = ask(shop, "And how long does it take?", conversation_id=first.key.conversation_id)
    assert isinstance(await last_of(first), Finished)
    theirs.upcoming.append(Behaviour(text="How long does shipping a parcel take?"))
    assert isinstance(await last_of(followup), Finished)
    # The follow-up is rewritten besides being answered.
    assert seen_by(theirs) == {
        ("/chat/completions", OF_PROJECT): 3,
        ("/embeddings", OF_PROJECT): 2,
    }
    assert ours.requests == []


@pytest.mark.parametrize("fault", [Fault.REJECTED, Fault.NO_CREDIT, Fault.BROKEN])
async def test_nothing_leaves_by_ours_when_the_customer_s_account_fails(
    shop: Project, ours: OpenAIServer, theirs: OpenAIServer, fault: Fault
) -> None:
    first = ask(shop, "When may I return a parcel?")
    assert isinstance(await last_of(first), Finished)
    theirs.requests.clear()
    theirs.behaviour = Behaviour(fault=fault)
    followup = ask(shop, "And how long does it take?", conversation_id=first.key.conversation_id)
    assert isinstance(await last_of(followup), Failed)
    assert {key for _, key in seen_by(theirs)} == {OF_PROJECT}
    assert ours.requests == []
