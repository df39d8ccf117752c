"""What somebody types about a key: addresses, servers that want none, and refusals told apart."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address

import pytest
from django.core.exceptions import ValidationError
from django.test import override_settings

from askorac.net.addresses import networks_of
from askorac.net.connecting import guarded_connector
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour, Fault
from askorac.testing.people import Customer, new_project
from keys.clients import RequestRefused, models_for
from keys.entering import (
    NO_DEPLOYMENT,
    NO_KEY,
    NOT_HTTPS,
    NOT_REACHED,
    OTHER_PORT,
    PRIVATE,
    NewKey,
    checked,
)
from keys.own_accounts import account_at
from keys.providers.checking import check_key
from keys.providers.faults import NO_CREDIT, NOT_SEALED
from keys.tests.answers import CANARY, listen
from keys.tests.test_provider_keys import OURS, add, new_key, ours, theirs

__all__ = ["ours", "theirs"]

AZURE = "https://company.openai.azure.com"


def wrong(new: NewKey) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as raised:
        checked(new)
    return raised.value.message_dict


def at(address: str, *, key: str = CANARY, model: str = "m") -> NewKey:
    return NewKey("openai", "Account", key, address, model)


def test_server_of_one_s_own_may_want_no_key(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    project = new_project(organization)
    row = add(organization, theirs, key="")
    assert (row.last_four, bool(row.key)) == ("", False)
    listen(models_for(project).chat)
    assert ["authorization" in seen.headers for seen in theirs.requests] == [False, False]
    assert ours.requests == []


def test_provider_itself_wants_a_key() -> None:
    assert wrong(at("", key="")) == {"key": [NO_KEY]}


@pytest.mark.parametrize(
    "address",
    [
        AZURE,
        f"{AZURE}/openai/deployments/luna/chat/completions?api-version=2024-10-21",
        f"{AZURE}/openai",
    ],
)
def test_address_of_azure_is_told_as_it_is_to_be_written(address: str) -> None:
    (sentence,) = wrong(at(address))["base_url"]
    assert f"write {AZURE}/openai/v1, without a version" in sentence


def test_azure_needs_a_key() -> None:
    assert wrong(at(f"{AZURE}/openai/v1", key="")) == {"key": [NO_KEY]}


def test_azure_needs_a_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keys.entering._ask", lambda *_: ())
    assert wrong(at(f"{AZURE}/openai/v1", model="")) == {"model": [NO_DEPLOYMENT]}
    kept = checked(at(f"{AZURE}/openai/v1/", model="luna-eu"))
    assert (kept.base_url, kept.model) == (f"{AZURE}/openai/v1", "luna-eu")


def test_account_without_credit_is_told_apart_from_a_refused_key(
    ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    theirs.behaviour = Behaviour(fault=Fault.NO_CREDIT)
    assert wrong(new_key(theirs)) == {"key": [f"{NO_CREDIT} The key was not kept."]}


def test_account_that_asks_too_fast_is_told_so(ours: OpenAIServer, theirs: OpenAIServer) -> None:
    theirs.behaviour = Behaviour(fault=Fault.LIMITED)
    (sentence,) = wrong(new_key(theirs))["base_url"]
    assert "no more requests for now" in sentence


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("https://169.254.169.254/v1", PRIVATE),
        ("https://[::1]/v1", PRIVATE),
        ("https://[::ffff:10.0.0.7]/v1", PRIVATE),
        ("https://93.184.215.14:8443/v1", OTHER_PORT),
    ],
)
def test_address_that_the_guard_refuses_is_told_with_what_lets_it_through(
    address: str, sentence: str
) -> None:
    assert wrong(at(address)) == {"base_url": [sentence]}


def test_server_that_is_not_there_is_told_under_its_address(ours: OpenAIServer) -> None:
    told = wrong(at("http://127.0.0.1:9/v1"))
    assert told == {"base_url": [f"{NOT_REACHED} The key was not kept."]}


@pytest.mark.parametrize("address", ["http://93.184.215.14/v1", "http://[2606:4700::1111]/v1"])
def test_key_goes_unsealed_to_no_public_address(address: str) -> None:
    with override_settings(ALLOW_PRIVATE_ADDRESSES=networks_of("10.0.0.0/8")):
        assert wrong(at(address)) == {"base_url": [NOT_HTTPS]}


def test_key_goes_unsealed_to_no_public_host_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is looked up when it is connected to, and what it leads to is looked at then."""

    async def look_up(host: str) -> list[IPv4Address]:
        return [IPv4Address("93.184.215.14")]

    monkeypatch.setitem(guarded_connector.__kwdefaults__, "look_up", look_up)
    with override_settings(ALLOW_PRIVATE_ADDRESSES=networks_of("10.0.0.0/8")):
        account = account_at("openai", "http://llm.example.com/v1", CANARY)
        with pytest.raises(RequestRefused, match=NOT_SEALED):
            asyncio.run(check_key("openai", account))


def test_ours_is_never_sent_to_another_address(
    organization: Customer, ours: OpenAIServer, theirs: OpenAIServer
) -> None:
    add(organization, theirs)
    assert OURS not in {seen.key for seen in theirs.requests}
