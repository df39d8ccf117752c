"""The installation's own accounts, at each of the providers."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest
from django.test import override_settings

from askorac.testing.wire_server import running
from askorac.testing.wires import Behaviour, Fault
from keys.clients import (
    EmbeddingSpace,
    KeyRejected,
    check_models,
    default_space,
    our_chat_model,
    our_embedding_model,
)
from keys.tests.answers import CANARY, listen
from keys.tests.contract import PROVIDERS, Provider

NOBODY: Final = {
    f"{provider}_{part}": ""
    for provider in ("OPENAI", "ANTHROPIC", "GEMINI")
    for part in ("API_KEY", "BASE_URL")
} | {"CHAT_MODEL": "", "EMBEDDING_MODEL": ""}
LOCAL: Final = EmbeddingSpace("local", "all-minilm-l6-v2-int8", 384)


def settings_of(provider: Provider, address: str, **more: str) -> override_settings:
    name = provider.name.upper()
    own = {f"{name}_API_KEY": CANARY, f"{name}_BASE_URL": address}
    return override_settings(**NOBODY | own | more)


@pytest.mark.parametrize("each", PROVIDERS, ids=str)
def test_account_of_ours_answers_and_is_checked(each: Provider) -> None:
    with running(each.server()) as wire, settings_of(each, wire.base_url):
        listen(our_chat_model())
        embedding, chat = asyncio.run(check_models())
        assert our_chat_model().provider == each.name
    assert chat == our_chat_name_of(each)
    assert embedding == {"openai": "text-embedding-3-small", "gemini": "gemini-embedding-001"}.get(
        each.name, LOCAL.model
    )
    assert {seen.key for seen in wire.requests} == {CANARY}


def our_chat_name_of(each: Provider) -> str:
    usual = {"openai": "gpt-5.6-luna", "anthropic": "claude-haiku-4-5"}
    return usual.get(each.name, "gemini-3.5-flash")


@pytest.mark.parametrize("each", PROVIDERS, ids=str)
def test_check_finds_a_key_that_is_refused(each: Provider) -> None:
    refusing = Behaviour(fault=Fault.REJECTED)
    with (
        running(each.server()) as wire,
        settings_of(each, wire.base_url, EMBEDDING_MODEL="local"),
        pytest.raises(KeyRejected),
    ):
        wire.behaviour = refusing
        asyncio.run(check_models())


@pytest.mark.parametrize(
    ("named", "space"),
    [
        ("gemini/gemini-embedding-001", EmbeddingSpace("gemini", "gemini-embedding-001", 1536)),
        ("gemini/gemini-embedding-001/768", EmbeddingSpace("gemini", "gemini-embedding-001", 768)),
        ("openai/nomic/embed/768", EmbeddingSpace("openai", "nomic/embed", 768)),
        ("local", LOCAL),
    ],
)
def test_embedding_model_is_named_with_its_provider(named: str, space: EmbeddingSpace) -> None:
    with override_settings(**NOBODY | {"OPENAI_API_KEY": CANARY, "EMBEDDING_MODEL": named}):
        assert default_space() == space


def test_provider_that_is_named_is_not_replaced_by_another() -> None:
    named = {"CHAT_MODEL": "anthropic/claude-haiku-4-5", "EMBEDDING_MODEL": "gemini/m/768"}
    with override_settings(**NOBODY | {"OPENAI_API_KEY": CANARY} | named):
        with pytest.raises(KeyRejected, match="Set ANTHROPIC_API_KEY"):
            listen(our_chat_model())
        with pytest.raises(KeyRejected, match="Set GEMINI_API_KEY"):
            our_embedding_model(default_space())


def test_server_of_ours_may_want_no_key() -> None:
    each = PROVIDERS[0]
    with running(each.server()) as wire, settings_of(each, wire.base_url, OPENAI_API_KEY=""):
        listen(our_chat_model())
    assert ["authorization" in seen.headers for seen in wire.requests] == [False]
