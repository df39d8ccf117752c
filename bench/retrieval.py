"""Retrieval through our code and under policies, against the bare statement without them.

Projects of three sizes lie among a hundred others in one table. The largest gets the index that
the product's own indexer builds for it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

import numpy as np
import psycopg
from pgvector import HalfVector

from bench import figures
from bench.figures import Detail, Figure, Measured
from bench.loading import copy_rows, settle, superuser
from bench.vectors import Space, Vectors, as_stored, nearest_rows

if TYPE_CHECKING:
    from askorac.sealing.keyring import Keyring
    from askorac.testing.people import Customer

SPACE_NAME: Final = "openai/text-embedding-3-small/1536"
DIMENSIONS: Final = 1_536
NEAREST: Final = 10
WARMING: Final = 10
INDEX_SECONDS: Final = 600.0
WORDS: Final = "The shop opens at nine and closes when the last guest has gone home. " * 8


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is loaded and asked; the tests take little."""

    chunks: tuple[int, ...] = (100, 5_000, 50_000)
    others: int = 100
    chunks_of_others: int = 200
    questions: int = 100
    indexed_from: int = 20_000


@dataclass(frozen=True, slots=True)
class Shelf:
    """A project with its chunks: the ids by the number of their vectors."""

    customer: Customer
    project_id: UUID
    vectors: Vectors
    numbers: dict[UUID, int]


def measure(superuser_url: str, sizes: Sizes | None = None) -> Measured:
    """The figures of retrieval and of its recall."""
    sizes = sizes or Sizes()
    space = Space(DIMENSIONS)
    with superuser(superuser_url) as session:
        began = time.monotonic()
        shelves = [_fill(session, space, count) for count in sizes.chunks]
        for _ in range(sizes.others):
            _fill(session, space, sizes.chunks_of_others)
        _settle(session)
        loaded = time.monotonic()
        for shelf in shelves:
            if len(shelf.vectors) >= sizes.indexed_from:
                _wait_for_index(session, shelf.project_id)
        details = [
            Detail("retrieval: loading", loaded - began, "s"),
            Detail("retrieval: waiting for the index", time.monotonic() - loaded, "s"),
        ]
    found = [_measure_shelf(superuser_url, space, shelf, sizes) for shelf in shelves]
    return Measured(
        tuple(figure for one in found for figure in one.figures),
        (*details, *(detail for one in found for detail in one.details)),
    )


def _fill(session: psycopg.Connection[Any], space: Space, count: int) -> Shelf:
    from django.utils import timezone

    from askorac.sealing import keyrings
    from askorac.sealing.fields import purpose_of
    from askorac.tenancy.context import tenant
    from askorac.testing.people import new_customer, new_project
    from knowledge.models import Chunk, Document, Source
    from projects.models import Project

    customer = new_customer("Bench")
    project = new_project(customer)
    with tenant(customer.id):
        Project.objects.filter(pk=project.pk).update(embedding_space=SPACE_NAME)
    owned = {"organization_id": customer.id, "project_id": project.pk}
    now, source_id, document_id = timezone.now(), uuid4(), uuid4()
    ring = keyrings.of(customer.id)
    name = ring.seal(b"Bench", purpose=purpose_of(Source, "name"), row_id=source_id)
    source = owned | {"id": source_id, "kind": "text", "name": name, "size_bytes": 1}
    source |= {"chunk_count": count, "created_at": now}
    document = owned | {"id": document_id, "source_id": source_id}
    copy_rows(session, Source, [source])
    copy_rows(session, Document, [document | {"created_at": now}])
    vectors, ids = space.passages(count), [uuid4() for _ in range(count)]
    chunk = owned | {"document_id": document_id, "embedding_space": SPACE_NAME, "is_live": True}
    copy_rows(session, Chunk, _chunks(chunk, ids, vectors, ring))
    return Shelf(customer, project.pk, vectors, {id_: n for n, id_ in enumerate(ids)})


def _chunks(
    common: dict[str, object], ids: Sequence[UUID], vectors: Vectors, ring: Keyring
) -> Iterator[dict[str, object]]:
    from askorac.sealing.fields import purpose_of
    from knowledge.models import Chunk

    purpose = purpose_of(Chunk, "text")
    for number, (id_, vector) in enumerate(zip(ids, vectors, strict=True)):
        yield common | {
            "id": id_,
            "ordinal": number,
            "text": ring.seal(f"{number}. {WORDS}".encode(), purpose=purpose, row_id=id_),
            "text_digest": id_.bytes,
            "embedding": HalfVector(vector),
        }


def _settle(session: psycopg.Connection[Any]) -> None:
    from knowledge.models import Chunk, Document, Source
    from projects.models import Project

    settle(session, Chunk, Document, Source, Project)


def _wait_for_index(session: psycopg.Connection[Any], project_id: UUID) -> None:
    from knowledge.indexing import index_name

    until = time.monotonic() + INDEX_SECONDS
    statement = (
        "SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE c.relname = %s"
    )
    while session.execute(statement, [index_name(project_id, SPACE_NAME)]).fetchone() != (True,):
        if time.monotonic() > until:
            raise TimeoutError("The indexer has built no index.")
        time.sleep(0.2)


def _measure_shelf(superuser_url: str, space: Space, shelf: Shelf, sizes: Sizes) -> Measured:
    count, stored = len(shelf.vectors), as_stored(shelf.vectors)
    questions = space.questions(shelf.vectors, sizes.questions + WARMING)
    with ExitStack() as stack:
        bare, barest = (
            Bare(
                stack.enter_context(psycopg.connect(superuser_url, autocommit=True)),
                shelf.project_id,
            )
            for _ in range(2)
        )
        barest.set_once()
        searches = (lambda question: _search(shelf, question), bare.nearest, barest.once)
        timed = [_in_turn(searches, number, each) for number, each in enumerate(questions)]
    counted = timed[WARMING:]
    ours, least, alone = (statistics.median(each[n][0] for each in counted) for n in range(3))
    hits = sum(
        len({shelf.numbers[id_] for id_ in each[0][1]} & nearest_rows(stored, question, NEAREST))
        for each, question in zip(counted, questions[WARMING:], strict=True)
    )
    of = f"retrieval, {count:,} chunks"
    return Measured(
        (
            Figure(_row(figures.RETRIEVAL, count), ours / least),
            Figure(_row(figures.RECALL, count), 1 - hits / (NEAREST * len(counted))),
        ),
        (
            Detail(f"{of}: AskOrac", 1e3 * ours, "ms"),
            Detail(f"{of}: bare, in a transaction with its settings", 1e3 * least, "ms"),
            Detail(f"{of}: bare, one statement alone", 1e3 * alone, "ms"),
        ),
    )


def _in_turn(
    searches: Sequence[Callable[[Vectors], list[UUID]]], first: int, question: Vectors
) -> list[tuple[float, list[UUID]]]:
    """Each search's time and what it found. Who comes first fetches pages for the others."""
    order = [(first + n) % len(searches) for n in range(len(searches))]
    timed = {number: _timed(searches[number], question) for number in order}
    return [timed[number] for number in range(len(searches))]


def _timed(search: Callable[[Vectors], list[UUID]], question: Vectors) -> tuple[float, list[UUID]]:
    began = time.perf_counter()
    found = search(question)
    return time.perf_counter() - began, found


def _search(shelf: Shelf, question: Vectors) -> list[UUID]:
    """As a public door searches: in a context of one project and one conversation."""
    from askorac.tenancy.context import tenant
    from keys.clients import EmbeddingSpace
    from knowledge.retrieval import nearest

    space = EmbeddingSpace.parse(SPACE_NAME)
    with tenant(shelf.customer.id, project_id=shelf.project_id, conversation_id=uuid4()):
        found = nearest(project_id=shelf.project_id, space=space, vector=question, limit=NEAREST)
    return [passage.chunk_id for passage in found]


class Bare:
    """The same statement on a connection of its own that no policy holds."""

    def __init__(self, session: psycopg.Connection[Any], project_id: UUID) -> None:
        from pgvector.psycopg import register_vector

        from keys.clients import EmbeddingSpace
        from knowledge.retrieval import search_statement

        register_vector(session)
        self._session = session
        self._project_id = project_id
        self._statement = search_statement(EmbeddingSpace.parse(SPACE_NAME))

    def set_once(self) -> None:
        """Let the settings of a search hold for the whole session."""
        from knowledge.retrieval import SEARCH_SETTINGS

        self._session.execute(SEARCH_SETTINGS.replace(", true)", ", false)"))

    def nearest(self, question: Vectors) -> list[UUID]:
        """The nearest chunks, in a transaction with the settings of a search."""
        from knowledge.retrieval import SEARCH_SETTINGS

        with self._session.transaction():
            self._session.execute(SEARCH_SETTINGS)
            return self.once(question)

    def once(self, question: Vectors) -> list[UUID]:
        """The same by one statement alone, with whatever settings the session has."""
        values = [HalfVector(np.asarray(question)), self._project_id, SPACE_NAME, NEAREST]
        return [row[0] for row in self._session.execute(self._statement, values)]


def _row(rows: dict[int, figures.Row], count: int) -> figures.Row:
    return rows.get(count) or next(iter(rows.values()))
