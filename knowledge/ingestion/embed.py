"""Step three: pieces become vectors, in batches, without paying twice for the same text."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import numpy as np

from keys.clients import EmbeddingModel, Vectors

from .texts import Piece


class Embedder:
    """One embedding model for the length of an ingestion, on an event loop of its own.

    `embed_pieces` returns one row a piece and asks the provider only for what `known` lacks. It
    may be called in any thread, in one at a time.
    Raises a ProviderFault, also on entering when the space has no key.
    """

    def __init__(self, make: Callable[[], EmbeddingModel]) -> None:
        self._make = make

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self._runner = opened.enter_context(asyncio.Runner())
            self._model = self._make()
            opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._runner.run(self._model.aclose())
        finally:
            self._runner.close()

    @property
    def batch_size(self) -> int:
        """How many texts one call of the provider takes."""
        return self._model.batch_size

    def embed_pieces(
        self, pieces: Sequence[Piece], *, known: Mapping[bytes, np.ndarray]
    ) -> Vectors:
        """One row a piece, in order; `known` maps a piece's fingerprint to its vector."""
        digests = [piece.fingerprint for piece in pieces]
        missing = {
            digest: piece.embedded_text
            for digest, piece in zip(digests, pieces, strict=True)
            if digest not in known
        }
        vectors = dict(known)
        if missing:
            rows = self._runner.run(self._model.embed(list(missing.values())))
            vectors.update(zip(missing, rows, strict=True))
        return np.stack([vectors[digest] for digest in digests]).astype(np.float32)
