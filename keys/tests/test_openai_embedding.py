"""Vectors over the real SDK, against a server that speaks the wire format."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from askorac.testing.openai_server import OpenAIServer, running_openai_server
from askorac.testing.openai_wire import Behaviour, Fault
from keys.providers.base import (
    EmbeddingSpace,
    KeyRejected,
    ProviderFault,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
    Vectors,
)
from keys.providers.openai import OpenAIEmbedding
from keys.providers.openai.embedding import BATCH_BYTES, BATCH_SIZE, WRONG_DIMENSIONS
from keys.providers.patience import Patience
from keys.tests.answers import CANARY, PATIENT, account, patience_with

SMALL = EmbeddingSpace("openai", "text-embedding-3-small", 1536)
TEXTS = ["The refund takes ten days.", "Whales are mammals.", "Paris is in France."]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with running_openai_server() as server:
        yield server


def embed(
    server: OpenAIServer,
    texts: Sequence[str],
    space: EmbeddingSpace = SMALL,
    patience: Patience = PATIENT,
) -> Vectors:
    model = OpenAIEmbedding(account=account(server.base_url), space=space, patience=patience)
    return asyncio.run(model.embed(texts))


@pytest.mark.parametrize("sends_base64", [True, False])
def test_embed_gives_normalised_rows_in_order(server: OpenAIServer, sends_base64: bool) -> None:
    server.behaviour = Behaviour(sends_base64=sends_base64)
    together = embed(server, TEXTS)
    assert (together.shape, together.dtype) == ((3, 1536), np.float32)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-6)
    alone = np.concatenate([embed(server, [text]) for text in TEXTS])
    assert np.allclose(together, alone, atol=1e-5)


def test_embed_of_nothing_asks_nobody(server: OpenAIServer) -> None:
    assert embed(server, []).shape == (0, 1536)
    assert server.requests == []


def test_request_carries_model_key_and_encoding(server: OpenAIServer) -> None:
    embed(server, TEXTS)
    (seen,) = server.requests
    assert (seen.path, seen.key) == ("/v1/embeddings", CANARY)
    assert seen.body == {
        "model": "text-embedding-3-small", "input": TEXTS, "encoding_format": "base64"
    }  # fmt: skip


def test_shortened_space_asks_for_its_dimensions(server: OpenAIServer) -> None:
    short = EmbeddingSpace("openai", "text-embedding-3-large", 512)
    assert embed(server, TEXTS, short).shape == (3, 512)
    assert server.requests[0].body["dimensions"] == 512


def test_many_texts_go_in_batches(server: OpenAIServer) -> None:
    rows = embed(server, [f"Number {index}" for index in range(BATCH_SIZE + 1)])
    assert rows.shape == (BATCH_SIZE + 1, 1536)
    assert [len(seen.body["input"]) for seen in server.requests] == [BATCH_SIZE, 1]


def test_batches_are_bounded_by_what_the_provider_takes(server: OpenAIServer) -> None:
    embed(server, ["ü" * 4000] * 100)
    sizes = [sum(len(text.encode()) for text in seen.body["input"]) for seen in server.requests]
    assert max(sizes) <= BATCH_BYTES
    assert len(sizes) == 4


def test_text_that_no_model_takes_is_made_to_fit(server: OpenAIServer) -> None:
    rows = embed(server, ["", " \n", "\ud800", "漢" * 9000])
    assert np.isfinite(rows).all()
    *_, surrogate, long = server.requests[0].body["input"]
    assert surrogate == "?"
    assert long == "漢" * 2730


@pytest.mark.parametrize(
    ("fault", "raised", "requests"),
    [
        (Fault.REJECTED, KeyRejected, 1),
        (Fault.NO_CREDIT, KeyRejected, 1),
        (Fault.UNKNOWN_MODEL, RequestRefused, 1),
        (Fault.LIMITED, RateLimited, 3),
        (Fault.BROKEN, ProviderUnavailable, 3),
        (Fault.MUTE, ProviderUnavailable, 3),
    ],
)
def test_fault_is_told_apart(
    server: OpenAIServer, fault: Fault, raised: type[ProviderFault], requests: int
) -> None:
    server.behaviour = Behaviour(fault=fault)
    with pytest.raises(raised):
        embed(server, TEXTS, patience=patience_with(fault))
    assert len(server.requests) == requests


def test_passing_fault_is_not_noticed(server: OpenAIServer) -> None:
    server.upcoming.extend([Behaviour(fault=Fault.BROKEN), Behaviour(fault=Fault.LIMITED)])
    begun = time.monotonic()
    assert embed(server, TEXTS).shape == (3, 1536)
    assert time.monotonic() - begun < 60


def test_vectors_of_another_length_are_refused(server: OpenAIServer) -> None:
    server.behaviour = Behaviour(dimensions=768)
    with pytest.raises(RequestRefused, match=WRONG_DIMENSIONS):
        embed(server, TEXTS)
