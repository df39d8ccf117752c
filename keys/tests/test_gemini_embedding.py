"""Gemini's vectors over the real SDK, against a server that speaks the wire format."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from askorac.testing.gemini_server import GeminiServer
from askorac.testing.wire_server import running
from askorac.testing.wires import Behaviour, Fault
from keys.providers.base import (
    EmbeddingSpace,
    KeyRejected,
    ProviderFault,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
    Vectors,
)
from keys.providers.gemini import GeminiEmbedding
from keys.providers.gemini.embedding import WRONG_DIMENSIONS
from keys.tests.answers import CANARY, PATIENT, account
from keys.tests.test_key_stays_hidden import TELLING, shown

SPACE = EmbeddingSpace("gemini", "gemini-embedding-001", 1536)
LATER = EmbeddingSpace("gemini", "gemini-embedding-2", 768)


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with running(GeminiServer()) as server:
        yield server


def embed(server: GeminiServer, texts: Sequence[str], space: EmbeddingSpace = SPACE) -> Vectors:
    model = GeminiEmbedding(account=account(server.base_url), space=space, patience=PATIENT)
    return asyncio.run(model.embed(texts))


def test_embed_gives_normalised_rows_in_order(server: GeminiServer) -> None:
    texts = ["The refund takes ten days.", "Whales are mammals."]
    together = embed(server, texts)
    assert (together.shape, together.dtype) == ((2, 1536), np.float32)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-6)
    alone = np.concatenate([embed(server, [text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-6)


def test_request_says_what_is_compared_and_how_long(server: GeminiServer) -> None:
    embed(server, ["One"])
    embed(server, ["One"], LATER)
    first, later = server.requests
    assert (first.path, first.key) == (
        "/v1beta/models/gemini-embedding-001:batchEmbedContents", CANARY
    )  # fmt: skip
    content = {"parts": [{"text": "One"}]}
    assert first.body == {
        "requests": [
            {
                "model": "models/gemini-embedding-001",
                "content": content,
                "outputDimensionality": 1536,
                "taskType": "SEMANTIC_SIMILARITY",
            }
        ]
    }
    assert later.body["requests"] == [
        {"model": "models/gemini-embedding-2", "content": content, "outputDimensionality": 768}
    ]


def test_many_texts_go_in_batches(server: GeminiServer) -> None:
    assert embed(server, [f"Number {index}" for index in range(201)]).shape == (201, 1536)
    assert [len(seen.body["requests"]) for seen in server.requests] == [100, 100, 1]
    assert embed(server, []).shape == (0, 1536)


def test_text_that_no_model_takes_is_made_to_fit(server: GeminiServer) -> None:
    assert np.isfinite(embed(server, ["", "\ud800", "漢" * 9000])).all()
    asked = [each["content"]["parts"][0]["text"] for each in server.requests[0].body["requests"]]
    assert asked == [".", "?", "漢" * 2048]


@pytest.mark.parametrize(
    ("fault", "raised", "requests"),
    [
        (Fault.REJECTED, KeyRejected, 1),
        (Fault.UNKNOWN_MODEL, RequestRefused, 1),
        (Fault.LIMITED, RateLimited, 3),
        (Fault.BROKEN, ProviderUnavailable, 3),
    ],
)
def test_fault_is_told_apart_and_shows_no_key(
    server: GeminiServer, fault: Fault, raised: type[ProviderFault], requests: int
) -> None:
    server.behaviour = Behaviour(fault=fault)
    with pytest.raises(raised) as caught:
        embed(server, ["One"])
    assert len(server.requests) == requests
    assert TELLING not in str(caught.value) + repr(vars(caught.value))
    assert TELLING not in shown(caught.value.with_traceback(None))


def test_vectors_of_another_length_are_refused(server: GeminiServer) -> None:
    server.behaviour = Behaviour(dimensions=3072)
    with pytest.raises(RequestRefused, match=WRONG_DIMENSIONS):
        embed(server, ["One"])
