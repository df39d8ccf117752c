"""Clients that nobody uses are closed, and those of a key that its customer has taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour
from askorac.testing.people import Customer, new_project
from askorac.testing.waiting import until
from keys.clients import KeyRejected, Piece, close_clients, models_ready
from keys.models import ProviderKey
from keys.provider_keys import replace_provider_key, revoke_provider_key
from keys.providers import connections
from keys.providers.openai.client import client_of
from keys.tests.answers import account, chat, pieces_of, request
from keys.tests.test_provider_keys import add, new_key, ours, theirs

__all__ = ["ours", "theirs"]

LONG = Behaviour(token_seconds=0.05, text="word " * 1000)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes half a minute takes a fifth of a second."""
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(connections, "LOOK_SECONDS", 0.05)


def open_count() -> int:
    return sum(len(each.connections) for each in connections._open.values())


def test_client_that_nobody_uses_is_closed(theirs: OpenAIServer, hurry: None) -> None:
    async def ask() -> None:
        async for _ in pieces_of(chat(theirs.base_url), request()):
            pass
        await until(lambda: not open_count(), open_count)

    asyncio.run(ask())


def test_client_is_kept_while_an_answer_is_read(theirs: OpenAIServer, hurry: None) -> None:
    theirs.behaviour = replace(LONG, text="word " * 20)

    async def ask() -> list[Piece]:
        return [piece async for piece in pieces_of(chat(theirs.base_url), request())]

    assert len(asyncio.run(ask())) > 1
    assert theirs.outcomes() == ["complete"]


def test_number_of_clients_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_CLIENTS", 3)

    async def open_many() -> list[str]:
        for number in range(6):
            await client_of(account(f"http://127.0.0.1:{number + 1}/v1"))
        await client_of(account("http://127.0.0.1:4/v1"))  # used again, it is the latest
        (here,) = connections._open.values()
        return [key[1].base_url[17:18] for key in here.connections]

    assert asyncio.run(open_many()) == ["5", "6", "4"]


async def _rest_of(pieces: AsyncIterator[Piece]) -> list[Piece]:
    return [piece async for piece in pieces]


def _revoke(customer: Customer, row: ProviderKey) -> None:
    revoke_provider_key(row=row, by=customer.actor, now=timezone.now())


@pytest.mark.parametrize("end", ["revoked", "replaced"])
def test_stream_of_a_key_that_was_taken_back_is_closed(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer, hurry: None, end: str
) -> None:
    project = new_project(organization)
    row = add(organization, theirs)
    theirs.behaviour = LONG

    def take_back() -> None:
        if end == "revoked":
            with tenant(organization.id):
                _revoke(organization, row)
        else:
            replace_provider_key(
                organization_id=organization.id,
                key_id=row.pk,
                new=new_key(theirs, key="sk-theirs-another-0123456789"),
                by=organization.actor,
                now=timezone.now(),
            )

    async def listen() -> None:
        models = await models_ready(project)
        pieces = pieces_of(models.chat, request())
        await anext(pieces)
        await asyncio.get_running_loop().run_in_executor(None, take_back)
        with pytest.raises(KeyRejected, match="revoked or replaced"):
            await asyncio.wait_for(_rest_of(pieces), 45)
        await close_clients()

    asyncio.run(listen())


def test_stream_of_a_key_that_is_held_goes_on(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer, hurry: None
) -> None:
    project = new_project(organization)
    add(organization, theirs)
    theirs.behaviour = replace(LONG, text="word " * 20)

    async def listen() -> list[Piece]:
        models = await models_ready(project)
        return await _rest_of(pieces_of(models.chat, request()))

    assert len(asyncio.run(listen())) > 1
    assert theirs.outcomes()[-1] == "complete"
