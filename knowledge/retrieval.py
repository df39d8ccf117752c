"""The passages of a project that are nearest to a question, by meaning and by words.

Both sides name their candidates, and each candidate is weighed by both. A project is scanned
exactly until it is large; then its own partial HNSW index is used. Under policies the planner
thinks that two rows are left, so that a sort looks free and the index is ignored:
`enable_sort = off` for this one statement cures it, and a small project stays exact.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import connection
from pgvector import HalfVector
from pgvector.psycopg.halfvec import HalfVectorBinaryDumper, HalfVectorDumper

from askorac.sealing import keyrings
from askorac.sealing.keyring import Keyring
from askorac.tenancy.context import require
from keys.clients import EmbeddingSpace
from projects.models import Project

from .models import Chunk
from .passages import Candidate, Passage, opened
from .vectors.memory import cosines, nearest_sealed
from .vectors.packing import numbers_of
from .words import fusion, postings
from .words.scoring import NONE, Matches


class Respaced(Exception):
    """The project's passages lie in another space by now: embed the question again, by that."""


By = Literal["both", "vectors", "words"]

NEAREST = 12
# How many each side names before they are weighed together.
CANDIDATES: Final = 50
EF_SEARCH = 200

# What is set for the transaction of a search, in one round trip. A custom plan, because a generic
# one can't prove that the partial index of this project applies.
SEARCH_SETTINGS = f"""
    SELECT set_config('enable_sort', 'off', true),
        set_config('plan_cache_mode', 'force_custom_plan', true),
        set_config('hnsw.ef_search', '{EF_SEARCH}', true)
"""


# What is asked besides: whether vectors of the project lie sealed. Parameter project.
_AND_SEALED: Final = """, EXISTS (
        SELECT FROM knowledge_chunk c
        WHERE c.project_id = %s AND c.is_live AND c.vector IS NOT NULL
    )
"""
# Named chunks by their ids: parameters ids, project; in no order.
_BY_IDS: Final = """
    SELECT c.id, c.document_id, d.title, c.text, c.page, c.heading, NULL, d.url, c.ordinal,
           c.text_digest
    FROM knowledge_chunk c
    JOIN knowledge_document d
        ON d.organization_id = c.organization_id AND d.id = c.document_id
    WHERE c.id = ANY (%s) AND c.project_id = %s AND c.is_live
"""


def search_statement(space: EmbeddingSpace) -> str:
    """Named nearest chunks: parameters vector, project, space, limit; the nearest first.

    The distance is computed once for a chunk: its vector lies outside its row, and fetching it
    is most of an exact search.
    """
    kind = f"halfvec({space.dimensions:d})"
    return f"""
        SELECT n.id, n.document_id, d.title, n.text, n.page, n.heading, 1 - n.distance,
               d.url, n.ordinal, n.text_digest FROM (
            SELECT c.organization_id, c.id, c.document_id, c.ordinal, c.text, c.page, c.heading,
                   c.text_digest, c.embedding::{kind} <=> %s::{kind} AS distance
            FROM knowledge_chunk c
            WHERE c.project_id = %s AND c.is_live AND c.embedding_space = %s
            ORDER BY distance
            LIMIT %s
        ) n
        JOIN knowledge_document d
            ON d.organization_id = n.organization_id AND d.id = n.document_id
        ORDER BY n.distance
    """


def placed_statement(space: EmbeddingSpace) -> str:
    """Named chunks at places: parameters vector, documents, ordinals, project, space; in no
    order."""
    kind = f"halfvec({space.dimensions:d})"
    return f"""
        SELECT c.id, c.document_id, d.title, c.text, c.page, c.heading,
               1 - (c.embedding::{kind} <=> %s::{kind}), d.url, c.ordinal, c.text_digest
        FROM unnest(%s::uuid[], %s::int4[]) AS w (document_id, ordinal)
        JOIN knowledge_chunk c ON c.document_id = w.document_id AND c.ordinal = w.ordinal
        JOIN knowledge_document d
            ON d.organization_id = c.organization_id AND d.id = c.document_id
        WHERE c.project_id = %s AND c.is_live AND c.embedding_space = %s
    """


Place = tuple[UUID, int]


def nearest(
    *,
    project_id: UUID,
    space: EmbeddingSpace,
    vector: npt.NDArray[np.float32],
    question: str = "",
    limit: int = NEAREST,
    by: By = "both",
) -> list[Passage]:
    """The passages nearest to a question, the best first, each text once.

    `vector` is the question's, of the project's space; without the `question` itself, words have
    no say. Runs in the open context, which may be a public door's; the organization's keyring is
    at hand already (`keyrings.ready`). Raises NoTenant outside a context, KeyRevoked, KeysAway, and
    Respaced if the project has moved to another space since the question was embedded.
    """
    ring = keyrings.of(require().organization_id)
    matches = NONE
    if by != "vectors" and question:
        matches = postings.look_up(question, project_id=project_id, ring=ring)
    if by == "words":
        rows = _at(ring, matches.places, project_id, space, vector)
        near: list[Candidate] = []
    else:
        most = limit if not matches.places else max(limit, CANDIDATES)
        near = rows = _near(ring, project_id, space, vector, most)
        seen = {_place(row) for row in near}
        missing = [place for place in matches.places if place not in seen]
        rows = rows + _at(ring, missing, project_id, space, vector)
    if not rows:
        _require_space(project_id, space)
    weighed = _with_nearest(_weighed(rows, near, matches), near, limit)
    return opened(weighed, ring=ring, limit=limit)


def _require_space(project_id: UUID, space: EmbeddingSpace) -> None:
    moved = Project.objects.filter(pk=project_id).exclude(embedding_space=str(space))
    if moved.exclude(embedding_space="").exists():
        raise Respaced


def _weighed(rows: list[Candidate], near: list[Candidate], matches: Matches) -> list[Candidate]:
    """All candidates, the best first."""
    best = matches.scores.tolist()
    gains = dict(zip(matches.places, best, strict=True))
    cosines = [row.score for row in near]
    share = fusion.words_share(cosines, best, rarity=matches.rarity, coverage=matches.coverage)
    scores = fusion.fused(
        np.array([row.score for row in rows], np.float64),
        np.array([gains.get(_place(row), 0.0) for row in rows], np.float64),
        nearest=cosines,
        best=best,
        share=share,
    )
    return [rows[number] for number in np.argsort(-scores, kind="stable")]


def _with_nearest(weighed: list[Candidate], near: list[Candidate], limit: int) -> list[Candidate]:
    """The same, with the nearest of all in the last place that counts, if it lay behind that.

    What it scores tells whether a question is about these documents at all.
    """
    if limit < 2 or not near or near[0] in weighed[:limit]:
        return weighed
    others = [each for each in weighed if each is not near[0]]
    return [*others[: limit - 1], near[0], *others[limit - 1 :]]


def _place(candidate: Candidate) -> Place:
    return candidate.document_id, candidate.ordinal


def _near(
    ring: Keyring,
    project_id: UUID,
    space: EmbeddingSpace,
    vector: npt.NDArray[np.float32],
    limit: int,
) -> list[Candidate]:
    require()
    values: list[Any] = [HalfVector(vector), project_id, str(space), limit]
    with connection.cursor() as cursor:
        # In binary: writing 1,536 numbers out and reading them again took longer than the search.
        cursor.adapters.register_dumper(HalfVector, HalfVectorBinaryDumper)
        # In text where Django shows a statement, as it does while statements are counted.
        cursor.connection.adapters.register_dumper(HalfVector, HalfVectorDumper)
        cursor.execute(SEARCH_SETTINGS + _AND_SEALED, [project_id])
        *_, has_sealed = cursor.fetchone()
        cursor.execute(search_statement(space), values)
        rows = [Candidate(*row) for row in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_sort = on")
    if not has_sealed:
        return rows
    # Those that lie sealed came last, without a distance.
    rows = [row for row in rows if row.score is not None]
    rows += _near_sealed(ring, project_id, space, vector, limit)
    return sorted(rows, key=lambda row: row.score, reverse=True)[:limit]


def _near_sealed(
    ring: Keyring,
    project_id: UUID,
    space: EmbeddingSpace,
    vector: npt.NDArray[np.float32],
    limit: int,
) -> list[Candidate]:
    """The nearest of those chunks whose vectors lie sealed."""
    scores = nearest_sealed(
        ring=ring, project_id=project_id, space=space, vector=vector, limit=limit
    )
    with connection.cursor() as cursor:
        cursor.execute(_BY_IDS, [list(scores), project_id])
        rows = [Candidate(*row) for row in cursor.fetchall()]
    return [row._replace(score=scores[row.chunk_id]) for row in rows]


def cosine(passage: Passage, *, space: EmbeddingSpace, vector: npt.NDArray[np.float32]) -> float:
    """How near a vector is to a passage, -1 to 1; 0 if the passage was removed meanwhile.

    In the open context. Raises KeyRevoked, KeysAway.
    """
    chunk = Chunk.objects.filter(pk=passage.chunk_id, embedding_space=str(space)).first()
    if chunk is None:
        return 0.0
    numbers = numbers_of(chunk)
    lengths = float(np.linalg.norm(numbers) * np.linalg.norm(vector))
    return float(numbers @ vector) / lengths if lengths else 0.0


def _at(
    ring: Keyring,
    places: Sequence[Place],
    project_id: UUID,
    space: EmbeddingSpace,
    vector: npt.NDArray[np.float32],
) -> list[Candidate]:
    """The chunks that words alone have found, with their cosines."""
    if not places:
        return []
    documents, ordinals = [place[0] for place in places], [place[1] for place in places]
    with connection.cursor() as cursor:
        cursor.adapters.register_dumper(HalfVector, HalfVectorBinaryDumper)
        cursor.connection.adapters.register_dumper(HalfVector, HalfVectorDumper)
        values: list[Any] = [HalfVector(vector), documents, ordinals, project_id, str(space)]
        cursor.execute(placed_statement(space), values)
        rows = [Candidate(*row) for row in cursor.fetchall()]
    sealed = [(row.document_id, row.chunk_id) for row in rows if row.score is None]
    if not sealed:
        return rows
    scores = cosines(ring=ring, chunks=sealed, space=space, vector=vector)
    return [
        row if row.score is not None else row._replace(score=scores[row.chunk_id])
        for row in rows
        if row.score is not None or row.chunk_id in scores
    ]
