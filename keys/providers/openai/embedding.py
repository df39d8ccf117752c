"""Vectors from a model that speaks OpenAI's embeddings."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from typing import Any, Final

import httpx2
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
from keys.providers.catalog import EMBEDDING_MODELS, embedding_facts
from keys.providers.faults import MALFORMED, bare
from keys.providers.openai.client import client_of
from keys.providers.openai.faults import PROVIDER_ERRORS, fault_of
from keys.providers.patience import Patience, Retries

WRONG_DIMENSIONS: Final = "The embedding model gives vectors of another length. Check its name."
BATCH_SIZE: Final = 256
# OpenAI takes 300,000 tokens a request. A token is at least one byte, so bytes bound it surely.
BATCH_BYTES: Final = 250_000


class OpenAIEmbedding:
    """An embedding model of an account. Usable in any event loop."""

    batch_size: Final = BATCH_SIZE

    def __init__(
        self, *, account: Account, space: EmbeddingSpace, patience: Patience | None = None
    ) -> None:
        self.space = space
        facts = embedding_facts(space.model, dimensions=space.dimensions)
        self.relevance_floor = facts.relevance_floor
        self._max_bytes = facts.max_tokens
        self._account = account
        self._patience = patience or Patience()

    def __repr__(self) -> str:
        return f"OpenAIEmbedding({str(self.space)!r})"

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

    async def _embed_batch(self, batch: list[str]) -> Vectors:
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

    async def _request(self, batch: list[str]) -> Vectors:
        client = await client_of(self._account)
        body: dict[str, object] = {
            "model": self.space.model,
            "input": batch,
            "encoding_format": "base64",
        }
        if not self._is_native():
            body["dimensions"] = self.space.dimensions
        response = await client.post(
            "/embeddings",
            cast_to=httpx2.Response,
            body=body,
            options={"timeout": self._patience.request_timeout},
        )
        return _read(response.content, count=len(batch), dimensions=self.space.dimensions)

    def _is_native(self) -> bool:
        """Whether the model gives this many dimensions unasked, as it does when not known."""
        facts = EMBEDDING_MODELS.get(self.space.model)
        return facts is None or facts.dimensions == self.space.dimensions


def _begin(text: str, max_bytes: int) -> str:
    """The beginning of a text that surely fits; the provider refuses an empty one."""
    text = text.encode("utf-8", "replace")[:max_bytes].decode("utf-8", "ignore")
    return text if text.strip() else "."


def _batches(inputs: list[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in inputs:
        length = len(text.encode("utf-8", "replace"))
        if batch and (len(batch) == BATCH_SIZE or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += length
    if batch:
        yield batch


def _read(body: bytes, *, count: int, dimensions: int) -> Vectors:
    """The vectors of an answer, put in order.

    ProviderUnavailable if it is none, RequestRefused if the vectors have another length.
    """
    try:
        rows = {item["index"]: _vector(item["embedding"]) for item in orjson.loads(body)["data"]}
    except (ValueError, TypeError, KeyError, binascii.Error):
        rows = {}
    if rows.keys() != set(range(count)):
        raise ProviderUnavailable(MALFORMED)
    if any(row.shape != (dimensions,) for row in rows.values()):
        raise RequestRefused(WRONG_DIMENSIONS, is_set_up=True)
    return np.stack([rows[index] for index in range(count)])


def _vector(embedding: Any) -> Vectors:
    """A vector as base64 of little-endian floats, or as the list that some servers send anyway."""
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding), "<f4")
    return np.asarray(embedding, np.float32)


def _normalised(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise ProviderUnavailable(MALFORMED)
    return np.asarray(vectors / lengths, np.float32)
