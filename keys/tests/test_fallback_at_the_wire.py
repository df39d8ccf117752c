"""Two accounts of a customer: the second answers while the first is down, and ours never does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.anthropic_server import AnthropicServer
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import ANSWER, Behaviour, Fault
from askorac.testing.people import Customer, new_project
from askorac.testing.wire_server import running
from keys.choosing import Wanted, choose_models
from keys.clients import AnsweredBy, KeyRejected, Piece, ProviderUnavailable, models_for
from keys.entering import NewKey
from keys.provider_keys import add_provider_key, revoke_provider_key
from keys.providers.addresses import ADDRESSES
from keys.tests.answers import listen, listen_until_fault
from keys.tests.test_provider_keys import THEIRS, add, ours, theirs
from projects.models import Project

__all__ = ["ours", "theirs"]

SECOND = "sk-ant-api03-second-0123456789abcdef"


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> Iterator[AnthropicServer]:
    with running(AnthropicServer()) as server:
        monkeypatch.setitem(ADDRESSES, "anthropic", server.base_url)
        yield server


@pytest.fixture
def shop(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer, second: AnthropicServer
) -> Project:
    """A project that answers by the one account, and by the other in its place."""
    project, now = new_project(organization), timezone.now()
    add(organization, theirs)
    add_provider_key(
        organization_id=organization.id,
        project_id=None,
        new=NewKey("anthropic", "Second account", SECOND),
        by=organization.actor,
        now=now,
    )
    with tenant(organization.id):
        wanted = Wanted("openai/gpt-5.4-mini", fallback="anthropic/claude-haiku-4-5")
        choose_models(project=project, wanted=wanted, by=organization.actor, now=now)
    theirs.requests.clear()
    second.requests.clear()
    return project


def said(pieces: list[Piece]) -> str:
    return "".join([piece for piece in pieces if isinstance(piece, str)])


@pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.OVERLOADED, Fault.LIMITED])
def test_second_account_answers_while_the_first_can_not_be_had(
    shop: Project, ours: OpenAIServer, theirs: OpenAIServer, second: AnthropicServer, fault: Fault
) -> None:
    theirs.behaviour = Behaviour(fault=fault)
    pieces = listen(models_for(shop).chat)
    assert pieces[0] == AnsweredBy("anthropic", "claude-haiku-4-5")
    assert said(pieces) == ANSWER
    assert [seen.key for seen in theirs.requests] == [THEIRS] * 3
    assert [seen.key for seen in second.requests] == [SECOND]
    assert ours.requests == []


def test_second_account_does_not_finish_what_the_first_has_begun(
    shop: Project, ours: OpenAIServer, theirs: OpenAIServer, second: AnthropicServer
) -> None:
    theirs.behaviour = Behaviour(fault=Fault.CLOSED)
    pieces, error = listen_until_fault(models_for(shop).chat)
    assert (bool(said(pieces)), type(error)) == (True, ProviderUnavailable)
    assert (len(theirs.requests), second.requests, ours.requests) == (1, [], [])


def test_ours_does_not_answer_when_both_are_down(
    shop: Project, ours: OpenAIServer, theirs: OpenAIServer, second: AnthropicServer
) -> None:
    theirs.behaviour = second.behaviour = Behaviour(fault=Fault.BROKEN)
    _, error = listen_until_fault(models_for(shop).chat)
    assert isinstance(error, ProviderUnavailable)
    assert (len(theirs.requests), len(second.requests), ours.requests) == (3, 3, [])


def test_ours_does_not_stand_in_for_a_second_account_that_was_revoked(
    organization: Customer,
    shop: Project,
    ours: OpenAIServer,
    theirs: OpenAIServer,
    second: AnthropicServer,
) -> None:
    from keys.models import ProviderKey

    with tenant(organization.id):
        row = ProviderKey.objects.get(provider="anthropic")
        revoke_provider_key(row=row, by=organization.actor, now=timezone.now())
    theirs.behaviour = Behaviour(fault=Fault.BROKEN)
    _, error = listen_until_fault(models_for(shop).chat)
    assert isinstance(error, KeyRejected)
    assert (second.requests, ours.requests) == ([], [])


def test_account_that_is_down_is_left_alone(
    shop: Project, ours: OpenAIServer, theirs: OpenAIServer, second: AnthropicServer
) -> None:
    """Six failures in a row: the third question goes to the second account at once."""
    theirs.behaviour = Behaviour(fault=Fault.BROKEN)
    for _ in range(3):
        assert said(listen(models_for(shop).chat)) == ANSWER
    assert (len(theirs.requests), len(second.requests), ours.requests) == (6, 3, [])
