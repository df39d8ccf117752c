"""Sealed vectors, opened into memory on first use, and searched there exactly.

They hang on the ring that opened them, a document at a time, and go with it. All rings of a
process together hold `settings.SEALED_VECTORS_BYTES` at most: beyond that, what was longest not
asked for is let go, and opened again when it is wanted.
"""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db.models import Count, QuerySet

from askorac.sealing.fields import purpose_of
from askorac.sealing.keyring import Keyring
from keys.clients import EmbeddingSpace
from knowledge.models import Chunk

from .packing import Rows, unpacked

# How many are opened between two statements.
_AT_ONCE: Final = 2_000
_LEAST: Final = 1e-12


class _Part:
    """The vectors of one document, each of length 1, and where that of a chunk stands."""

    __slots__ = ("__weakref__", "places", "rows")

    def __init__(self, places: dict[UUID, int], rows: Rows) -> None:
        self.places = places
        self.rows = rows


# The vectors of a document, by the places of its chunks.
Read = tuple[dict[UUID, int], Rows]


class _Budget:
    """Which parts are in memory, the one longest not asked for first."""

    def __init__(self) -> None:
        # A part may go while this thread holds the lock.
        self._lock = threading.RLock()
        self._parts: OrderedDict[int, tuple[weakref.ref[_Part], int]] = OrderedDict()
        self._bytes = 0

    def use(self, part: _Part) -> None:
        """Count a part in, or again, and let others go that there is no room for."""
        number = id(part)
        with self._lock:
            if number in self._parts:
                self._parts.move_to_end(number)
                return
            gone = weakref.ref(part, lambda _: self._count_out(number))
            self._parts[number] = gone, part.rows.nbytes
            self._bytes += part.rows.nbytes
            while self._bytes > settings.SEALED_VECTORS_BYTES and len(self._parts) > 1:
                oldest, (reference, _) = next(iter(self._parts.items()))
                self._count_out(oldest)
                if (other := reference()) is not None:
                    other.places, other.rows = {}, other.rows[:0]

    def _count_out(self, number: int) -> None:
        with self._lock:
            _, size = self._parts.pop(number, (None, 0))
            self._bytes -= size


_budget: Final = _Budget()


def nearest_sealed(
    *, ring: Keyring, project_id: UUID, space: EmbeddingSpace, vector: Rows, limit: int
) -> dict[UUID, float]:
    """The sealed chunks of a project that are nearest to a vector: their cosines by their ids.

    In the open context. Raises Tampered.
    """
    asked = _of_length_one(vector)
    ids: list[UUID] = []
    scores: list[Rows] = [np.empty(0, np.float32)]
    for places, rows in _parts(ring, space, _stamps(project_id, space)):
        ids.extend(places)
        scores.append(rows @ asked)
    found = np.concatenate(scores)
    best = np.argsort(-found, kind="stable")[:limit]
    return {ids[number]: float(found[number]) for number in best}


def cosines(
    *, ring: Keyring, chunks: Iterable[tuple[UUID, UUID]], space: EmbeddingSpace, vector: Rows
) -> dict[UUID, float]:
    """The cosines of sealed chunks, named by document and id, with a vector.

    In the open context. One that is not there any more has none. Raises Tampered.
    """
    asked = _of_length_one(vector)
    named = list(chunks)
    wanted = {chunk_id for _, chunk_id in named}
    documents = {document_id for document_id, _ in named}
    counted = _sealed_chunks(space).filter(document_id__in=documents)
    found: dict[UUID, float] = {}
    for places, rows in _parts(ring, space, _counts(counted)):
        for chunk_id in places.keys() & wanted:
            found[chunk_id] = float(rows[places[chunk_id]] @ asked)
    return found


def _parts(ring: Keyring, space: EmbeddingSpace, counts: Mapping[UUID, int]) -> Iterator[Read]:
    """Documents' vectors, and where that of a chunk stands; what is not in memory is opened."""
    for documents in _batches(counts):
        held = {each: ring.held.get(_key(each, space)) for each in documents}
        lacking = [
            each for each, part in held.items() if part is None or len(part.places) != counts[each]
        ]
        if lacking:
            held |= _opened(ring, space, lacking)
        parts = [part for part in held.values() if part is not None]
        # What makes room for one of them may take from another: they are read before.
        read = [(part.places, part.rows) for part in parts]
        for part in parts:
            _budget.use(part)
        yield from read


def _opened(ring: Keyring, space: EmbeddingSpace, documents: Sequence[UUID]) -> dict[UUID, _Part]:
    purpose = purpose_of(Chunk, "vector")
    vectors: dict[UUID, dict[UUID, Rows]] = {each: {} for each in documents}
    rows = _sealed_chunks(space).filter(document_id__in=documents)
    for chunk_id, document_id, sealed in rows.values_list("id", "document_id", "vector"):
        plain = ring.open(sealed.blob or b"", purpose=purpose, row_id=chunk_id)
        vectors[document_id][chunk_id] = unpacked(plain)
    parts = {}
    for document_id, found in vectors.items():
        if found:
            places = {chunk_id: number for number, chunk_id in enumerate(found)}
            parts[document_id] = _Part(places, _of_length_one(np.stack(list(found.values()))))
            ring.held[_key(document_id, space)] = parts[document_id]
    return parts


def _stamps(project_id: UUID, space: EmbeddingSpace) -> dict[UUID, int]:
    return _counts(_sealed_chunks(space).filter(project_id=project_id))


def _counts(chunks: QuerySet[Chunk]) -> dict[UUID, int]:
    """How many sealed vectors each document has. What is live never changes but by its number."""
    return dict(chunks.values_list("document_id").annotate(Count("id")).order_by())


def _sealed_chunks(space: EmbeddingSpace) -> QuerySet[Chunk]:
    return Chunk.objects.filter(is_live=True, vector__isnull=False, embedding_space=str(space))


def _batches(counts: Mapping[UUID, int]) -> Iterator[list[UUID]]:
    batch: list[UUID] = []
    size = 0
    for document_id, count in counts.items():
        if batch and size + count > _AT_ONCE:
            yield batch
            batch, size = [], 0
        batch.append(document_id)
        size += count
    if batch:
        yield batch


def _key(document_id: UUID, space: EmbeddingSpace) -> tuple[str, UUID, str]:
    return "vectors", document_id, str(space)


def _of_length_one(rows: Rows) -> Rows:
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: Rows = (rows / np.maximum(length, _LEAST)).astype(np.float32)
    return unit
