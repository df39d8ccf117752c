"""One worker for all who embed locally: what waits together is embedded together.

Two hundred visitors who ask at once cost a few runs of the model, not two hundred, and the
event loop is never held up.
"""

from __future__ import annotations

import os
import secrets
from collections import OrderedDict, deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Final

import numpy as np

from keys.providers.base import Vectors
from keys.providers.local.minilm import MiniLM

# Who comes while a run is on waits for it: about 0.2 s for this many sentences.
TEXTS_AT_ONCE: Final = 64
# Sentences and questions come again, whole chunks do not. 8,192 vectors are 13 MB.
REMEMBERED: Final = 8192
LONGEST_REMEMBERED: Final = 400


@dataclass(frozen=True, slots=True)
class _Waiting:
    texts: Sequence[str]
    future: Future[Vectors] = field(default_factory=Future)


class Batcher:
    """Embeds what several threads and event loops ask for, on one thread."""

    def __init__(self) -> None:
        self._queue: deque[_Waiting] = deque()
        self._worker = ThreadPoolExecutor(1, "local-embedding")
        self._memory = _Memory()

    def submit(self, texts: Sequence[str]) -> Future[Vectors]:
        """Embed some texts (TEXTS_AT_ONCE at most go well); cancelled in time, they are skipped."""
        waiting = _Waiting(texts)
        self._queue.append(waiting)
        self._worker.submit(self._work)
        return waiting.future

    @cached_property
    def _model(self) -> MiniLM:
        # Touched by the worker alone, so that loading holds nobody up.
        return MiniLM()

    def _work(self) -> None:
        taken = self._take()
        texts = list(dict.fromkeys(text for waiting in taken for text in waiting.texts))
        try:
            vectors = self._embed(texts)
        except Exception as error:  # noqa: BLE001 - handed to all who wait for it
            for waiting in taken:
                waiting.future.set_exception(error)
            return
        for waiting in taken:
            rows = [vectors[text] for text in waiting.texts]
            waiting.future.set_result(np.stack(rows) if rows else np.empty((0, 0), np.float32))

    def _take(self) -> list[_Waiting]:
        taken: list[_Waiting] = []
        room = TEXTS_AT_ONCE
        while self._queue and (not taken or len(self._queue[0].texts) <= room):
            waiting = self._queue.popleft()
            if waiting.future.set_running_or_notify_cancel():
                taken.append(waiting)
                room -= len(waiting.texts)
        return taken

    def _embed(self, texts: list[str]) -> dict[str, Vectors]:
        known = {text: row for text in texts if (row := self._memory.recall(text)) is not None}
        new = [text for text in texts if text not in known]
        if new:
            rows = dict(zip(new, self._model.encode(new), strict=True))
            for text, row in rows.items():
                self._memory.keep(text, row)
            known |= rows
        return known


class _Memory:
    """The vectors of short texts seen lately, by a keyed hash: it holds no text."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._rows: OrderedDict[bytes, Vectors] = OrderedDict()

    def recall(self, text: str) -> Vectors | None:
        if len(text) > LONGEST_REMEMBERED:
            return None
        digest = self._digest(text)
        if (row := self._rows.get(digest)) is not None:
            self._rows.move_to_end(digest)
        return row

    def keep(self, text: str, row: Vectors) -> None:
        if len(text) > LONGEST_REMEMBERED:
            return
        self._rows[self._digest(text)] = row
        if len(self._rows) > REMEMBERED:
            self._rows.popitem(last=False)

    def _digest(self, text: str) -> bytes:
        return blake2b(text.encode("utf-8", "replace"), digest_size=16, key=self._key).digest()


@lru_cache(maxsize=1)
def batcher() -> Batcher:
    """The one of this process."""
    return Batcher()


_of_parents: list[Batcher] = []


def _begin_anew() -> None:
    """A forked process has neither the worker's thread nor those of the model.

    The parent's batcher is kept: its end would wait for those threads for ever.
    """
    _of_parents.append(batcher())
    batcher.cache_clear()


os.register_at_fork(after_in_child=_begin_anew)
