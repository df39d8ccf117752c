"""Vectors without a provider: no account, no network, no download."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import numpy as np

from keys.providers.base import Vectors
from keys.providers.catalog import EMBEDDING_MODELS, LOCAL_SPACE
from keys.providers.local.batching import batcher


class LocalEmbedding:
    """The local embedding model. Usable in any event loop; loaded once in a process."""

    space: Final = LOCAL_SPACE
    batch_size: Final = 32
    relevance_floor: Final = EMBEDDING_MODELS[LOCAL_SPACE.model].relevance_floor

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One normalised row for each text, in order; of a long text, of its first 256 tokens.

        One batch after the other, so that a question gets in between those of a large document.
        """
        vectors = np.empty((len(texts), self.space.dimensions), np.float32)
        for start in range(0, len(texts), self.batch_size):
            batch = texts[start : start + self.batch_size]
            rows: asyncio.Future[Vectors] = asyncio.wrap_future(batcher().submit(batch))
            vectors[start : start + len(batch)] = await rows
        return vectors

    async def aclose(self) -> None:
        """Nothing to give back: the model is the process's."""
