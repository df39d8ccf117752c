"""A customer's own key: kept once it is checked, shown never, and used for everything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.test import override_settings
from django.utils import timezone

from askorac.net.addresses import networks_of
from askorac.tenancy.context import tenant
from askorac.testing.openai_server import OpenAIServer, running_openai_server
from askorac.testing.openai_wire import Behaviour, Fault
from askorac.testing.openbao import OpenBao
from askorac.testing.people import Customer, new_project
from askorac.testing.programs import new_program
from keys.choices import choice_of, forget_choices
from keys.clients import (
    EmbeddingSpace,
    KeyRejected,
    chat_name,
    models_for,
    models_ready,
    space_for,
)
from keys.entering import NewKey
from keys.models import ProviderKey
from keys.provider_keys import (
    add_provider_key,
    release_provider_key,
    replace_provider_key,
    revoke_provider_key,
)
from keys.tests.answers import listen, listen_until_fault
from keys.tests.own_service import Holding, holding
from projects.models import AuditEvent

__all__ = ["holding"]

THEIRS = "sk-theirs-0123456789abcdefghij"
OURS = "sk-ours-0123456789abcdefghijkl"
SMALL = EmbeddingSpace("openai", "text-embedding-3-small", 1536)


@pytest.fixture
def theirs() -> Iterator[OpenAIServer]:
    with running_openai_server() as server:
        yield server


@pytest.fixture
def ours() -> Iterator[OpenAIServer]:
    """Our own account, at a server of its own; private addresses are let through."""
    with running_openai_server() as server, override_settings(
        OPENAI_API_KEY=OURS,
        OPENAI_BASE_URL=server.base_url,
        CHAT_MODEL="",
        EMBEDDING_MODEL="",
        ALLOW_PRIVATE_ADDRESSES=networks_of("127.0.0.0/8"),
    ):  # fmt: skip
        forget_choices()
        yield server


def new_key(server: OpenAIServer, *, key: str = THEIRS) -> NewKey:
    return NewKey("openai", "Account of the company", key, server.base_url, "gpt-5.4-mini")


def add(
    customer: Customer, server: OpenAIServer, *, project_id: UUID | None = None, key: str = THEIRS
) -> ProviderKey:
    return add_provider_key(
        organization_id=customer.id,
        project_id=project_id,
        new=new_key(server, key=key),
        by=customer.actor,
        now=timezone.now(),
    )


def test_key_is_sealed_and_told_by_its_end(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    row = add(organization, theirs)
    with tenant(organization.id):
        kept = ProviderKey.objects.get(pk=row.pk)
        assert (kept.last_four, len(kept.fingerprint)) == (THEIRS[-4:], 16)
        assert THEIRS.encode() not in (kept.key.blob or b"")
        assert kept.key.open() == THEIRS
        actions = AuditEvent.objects.filter(target_id=row.pk).values_list("action", flat=True)
        assert list(actions) == ["provider_key.added"]


def test_everything_of_a_project_goes_through_the_customer_s_account(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    project = new_project(organization)
    add(organization, theirs)
    ours.requests.clear()
    models = asyncio.run(models_ready(project))
    listen(models.chat)
    asyncio.run(models.embedding(SMALL).embed(["a question"]))
    assert ours.requests == []
    assert {each.key for each in theirs.requests} == {THEIRS}


def test_failing_key_does_not_fall_back_to_ours(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    project = new_project(organization)
    add(organization, theirs)
    theirs.behaviour = Behaviour(fault=Fault.REJECTED)
    models = models_for(project)
    _, error = listen_until_fault(models.chat)
    assert isinstance(error, KeyRejected)
    with pytest.raises(KeyRejected):
        asyncio.run(models.embedding(SMALL).embed(["a question"]))
    assert ours.requests == []


def test_revoked_key_leaves_nothing_to_ours_until_it_is_released(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    project = new_project(organization)
    row = add(organization, theirs)
    with tenant(organization.id):
        revoke_provider_key(row=row, by=organization.actor, now=timezone.now())
        assert not ProviderKey.objects.get(pk=row.pk).key
    models = models_for(project)
    _, error = listen_until_fault(models.chat)
    assert isinstance(error, KeyRejected)
    with pytest.raises(KeyRejected):
        models.embedding(SMALL)
    assert ours.requests == []
    with tenant(organization.id):
        release_provider_key(row=row, by=organization.actor, now=timezone.now())
    listen(models_for(project).chat)
    assert [each.key for each in ours.requests] == [OURS]


def test_nobody_s_account_takes_the_place_of_a_project_s_revoked_key(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    one, other = new_project(organization), new_project(organization, "Other")
    add(organization, theirs)
    row = add(organization, theirs, project_id=one.pk, key="sk-of-one-0123456789abcdef")
    with tenant(organization.id):
        revoke_provider_key(row=row, by=organization.actor, now=timezone.now())
    theirs.requests.clear()
    _, error = listen_until_fault(models_for(one).chat)
    assert isinstance(error, KeyRejected)
    with pytest.raises(KeyRejected):
        models_for(one).embedding(SMALL)
    listen(models_for(other).chat)
    assert [each.key for each in theirs.requests] == [THEIRS]
    with tenant(organization.id):
        release_provider_key(row=row, by=organization.actor, now=timezone.now())
    listen(models_for(one).chat)
    assert [each.key for each in theirs.requests] == [THEIRS, THEIRS]


@pytest.mark.parametrize("is_added_since", [False, True])
def test_key_of_another_provider_answers_for_a_revoked_one_once_it_is_added_since(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer, is_added_since: bool
) -> None:
    project = new_project(organization)
    row = add(organization, theirs)
    revoked_at = timezone.now() + timedelta(minutes=1)
    with tenant(organization.id):
        revoke_provider_key(row=row, by=organization.actor, now=revoked_at)
        ProviderKey.objects.create(
            provider="anthropic",
            label="Another account",
            key="sk-ant-0123456789",
            fingerprint="0" * 16,
            set_by="somebody",
            set_at=revoked_at,
            created_at=revoked_at + timedelta(minutes=1 if is_added_since else -1),
        )
    forget_choices()
    choice = choice_of(organization.id, project.pk)
    assert chat_name(choice).partition("/")[0] == ("anthropic" if is_added_since else "none")


def test_project_s_key_comes_before_the_organization_s(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    one, other = new_project(organization), new_project(organization, "Other")
    add(organization, theirs)
    add(organization, theirs, project_id=one.pk, key=THEIRS + "-project")
    theirs.requests.clear()
    listen(models_for(one).chat)
    listen(models_for(other).chat)
    assert [each.key for each in theirs.requests] == [THEIRS + "-project", THEIRS]


def test_replaced_key_keeps_its_id_and_is_used_at_once(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    project = new_project(organization)
    row = add(organization, theirs)
    new = NewKey("openai", "Account", THEIRS + "-new", theirs.base_url, "gpt-5.4-mini")
    replaced = replace_provider_key(
        organization_id=organization.id,
        key_id=row.pk,
        new=new,
        by=organization.actor,
        now=timezone.now(),
    )
    assert replaced.pk == row.pk
    theirs.requests.clear()
    listen(models_for(project).chat)
    assert [each.key for each in theirs.requests] == [THEIRS + "-new"]


def test_address_changed_behind_our_back_gets_no_key(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    from askorac.sealing import Tampered

    project = new_project(organization)
    row = add(organization, theirs)
    with tenant(organization.id):
        ProviderKey.objects.filter(pk=row.pk).update(base_url=ours.base_url)
    forget_choices()
    with pytest.raises(Tampered):
        models_for(project)
    assert ours.requests == []


def test_customer_without_an_account_that_embeds_gets_the_local_model(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    project = new_project(organization)
    add(organization, theirs)
    assert space_for(project).provider == "local"


@pytest.mark.parametrize(
    ("provider", "key", "field"),
    [
        ("openai", "sk-ant-0123456789", "key"),
        ("anthropic", "sk-0123456789", "key"),
        ("openai", "sk-01234 56789", "key"),
        ("openai", "sk-0123456789\n", "key"),
        ("openai", "", "key"),
    ],
)
def test_wrong_key_is_told_before_anybody_is_asked(
    organization: Customer, provider: str, key: str, field: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        add_provider_key(
            organization_id=organization.id,
            project_id=None,
            new=NewKey(provider, "Account", key),
            by=organization.actor,
            now=timezone.now(),
        )
    assert list(raised.value.message_dict) == [field]


def test_private_address_is_refused_unless_the_operator_lets_it_through(
    organization: Customer, theirs: OpenAIServer
) -> None:
    with pytest.raises(ValidationError) as raised:
        add(organization, theirs)
    assert list(raised.value.message_dict) == ["base_url"]
    assert theirs.requests == []


def test_own_key_taken_away_closes_the_api_as_everywhere(
    holding: Holding, openbao: OpenBao, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    row = add(holding.customer, theirs)
    holding.choose()
    program = new_program(holding.customer)
    openbao.disable_key(holding.key)
    program("POST", "encryption/check/")
    wanted = new_key(theirs, key="sk-another-0123456789abcdefghij")
    body = {"provider": "openai", "label": "Other", "key": wanted.key, "base_url": wanted.base_url}
    for method, path, sent in (
        ("GET", f"provider-keys/{row.pk}/models/", None),
        ("POST", "provider-keys/", body),
        ("PATCH", f"provider-keys/{row.pk}/", {"key": wanted.key}),
    ):
        refused = program(method, path, sent)
        assert (refused.status_code, refused.json()["code"]) == (423, "key_revoked"), path
        assert holding.key not in refused.content.decode()
