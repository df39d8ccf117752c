"""Vectors from a Gemini embedding model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import orjson

from keys.providers import connections
from keys.providers.accounts import Account
from keys.providers.base import (
    EmbeddingSpace,
    ProviderFault,
    ProviderUnavailable,
    RequestRefused,
    Vectors,
)
from keys.providers.breaker import Breaker
from keys.providers.catalog import embedding_facts
from keys.providers.faults import MALFORMED, bare
from keys.providers.gemini.client import client_of, path_of, send
from keys.providers.gemini.faults import PROVIDER_ERRORS, fault_of
from keys.providers.patience import Patience, Retries

WRONG_DIMENSIONS: Final = "The embedding model gives vectors of another length. Check its name."
# As many as Gemini takes in one request.
BATCH_SIZE: Final = 100
# A token has three bytes and more in most languages; what is over, the provider cuts off itself.
BYTES_PER_TOKEN: Final = 3
# Questions and documents are embedded by one method, so both are told the same: that they are
# compared with each other. Later models are told in the text itself, and so are told nothing.
TASK_TYPES: Final = {"gemini-embedding-001": "SEMANTIC_SIMILARITY"}


class GeminiEmbedding:
    """An embedding model of an account. Usable in any event loop."""

    batch_size: Final = BATCH_SIZE

    def __init__(
        self, *, account: Account, space: EmbeddingSpace, patience: Patience | None = None
    ) -> None:
        self.space = space
        self._name = space.model.removeprefix("models/")
        facts = embedding_facts(self._name, dimensions=space.dimensions)
        self.relevance_floor = facts.relevance_floor
        self._max_bytes = facts.max_tokens * BYTES_PER_TOKEN
        self._account = account
        self._patience = patience or Patience()

    def __repr__(self) -> str:
        return f"GeminiEmbedding({str(self.space)!r})"

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One normalised row for each text, in order; raises a ProviderFault.

        A text longer than the model takes is embedded by its beginning.
        """
        inputs = [_begin(text, self._max_bytes) for text in texts]
        batches = [await self._embed_batch(batch) for batch in _batches(inputs)]
        if not batches:
            return np.empty((0, self.space.dimensions), np.float32)
        return np.concatenate(batches)

    async def aclose(self) -> None:
        """Close the connections of the account in this loop."""
        await connections.close(self._account)

    async def _embed_batch(self, batch: Sequence[str]) -> Vectors:
        retries = Retries(self._patience)
        breaker = Breaker(self._account, "embedding")
        while True:
            with breaker.admitted():
                try:
                    vectors = _normalised(await self._request(batch))
                    breaker.answered()
                    return vectors
                except ProviderFault as error:
                    fault = bare(error)
                except PROVIDER_ERRORS as error:
                    fault = bare(fault_of(error))
                breaker.failed(fault)
            # Raised out here, it drags along no request with its key, nor what the provider sent.
            if not await retries.wait_after(fault):
                raise fault

    async def _request(self, batch: Sequence[str]) -> Vectors:
        client = await client_of(self._account)
        path = path_of(self._name)
        body = {"requests": [self._asked(path, text) for text in batch]}
        timeout = self._patience.request_timeout
        response = await send(client, f"{path}:batchEmbedContents", body, timeout)
        try:
            content = await response.aread()
        finally:
            await response.aclose()
        return _read(content, count=len(batch), dimensions=self.space.dimensions)

    def _asked(self, path: str, text: str) -> dict[str, Any]:
        asked: dict[str, Any] = {
            "model": path,
            "content": {"parts": [{"text": text}]},
            "outputDimensionality": self.space.dimensions,
        }
        if task_type := TASK_TYPES.get(self._name):
            asked["taskType"] = task_type
        return asked


def _begin(text: str, max_bytes: int) -> str:
    """The beginning of a text; the provider refuses an empty one."""
    text = text.encode("utf-8", "replace")[:max_bytes].decode("utf-8", "ignore")
    return text if text.strip() else "."


def _batches(inputs: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(inputs), BATCH_SIZE):
        yield inputs[start : start + BATCH_SIZE]


def _read(body: bytes, *, count: int, dimensions: int) -> Vectors:
    """The vectors of an answer, which come in order.

    ProviderUnavailable if it is none, RequestRefused if the vectors have another length.
    """
    try:
        listed = orjson.loads(body)["embeddings"]
        rows = [np.asarray(each["values"], np.float32) for each in listed]
    except (ValueError, TypeError, KeyError):
        rows = []
    if len(rows) != count:
        raise ProviderUnavailable(MALFORMED, is_down=False)
    if any(row.shape != (dimensions,) for row in rows):
        raise RequestRefused(WRONG_DIMENSIONS, is_set_up=True)
    return np.stack(rows)


def _normalised(vectors: Vectors) -> Vectors:
    """What is shorter than the model's own vectors comes with any length."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise ProviderUnavailable(MALFORMED, is_down=False)
    return np.asarray(vectors / lengths, np.float32)
