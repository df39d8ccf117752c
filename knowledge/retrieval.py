"""The passages of a project that are nearest in meaning to a question.

Vectors only, for now. A project is scanned exactly until it is large; then its own partial HNSW
index is used. Under policies the planner thinks that two rows are left, so that a sort looks
free and the index is ignored: `enable_sort = off` for this one statement cures it, and a small
project stays exact.
"""

from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import connection
from pgvector import HalfVector

from askorac.tenancy.context import require
from keys.clients import EmbeddingSpace

NEAREST = 12
EF_SEARCH = 200

# What is set for the transaction of a search. A custom plan, because a generic one can't prove
# that the partial index of this project applies.
SEARCH_SETTINGS = (
    "SET LOCAL enable_sort = off",
    "SET LOCAL plan_cache_mode = force_custom_plan",
    f"SET LOCAL hnsw.ef_search = {EF_SEARCH}",
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as retrieved. `score` is the cosine with the question, -1 to 1."""

    chunk_id: UUID
    document_id: UUID
    title: str
    text: str
    page: int | None
    heading: str
    score: float


def search_statement(space: EmbeddingSpace) -> str:
    """Named nearest chunks: parameters vector, project, vector, limit; the nearest first."""
    kind = f"halfvec({space.dimensions:d})"
    return f"""
        SELECT n.id, n.document_id, d.title, n.text, n.page, n.heading, n.score FROM (
            SELECT c.organization_id, c.id, c.document_id, c.text, c.page, c.heading,
                   1 - (c.embedding::{kind} <=> %s::{kind}) AS score
            FROM knowledge_chunk c
            WHERE c.project_id = %s AND c.is_live
            ORDER BY c.embedding::{kind} <=> %s::{kind}
            LIMIT %s
        ) n
        JOIN knowledge_document d
            ON d.organization_id = n.organization_id AND d.id = n.document_id
        ORDER BY n.score DESC
    """


def nearest(
    *,
    project_id: UUID,
    space: EmbeddingSpace,
    vector: npt.NDArray[np.float32],
    limit: int = NEAREST,
) -> list[Passage]:
    """The passages nearest to a question's vector, the best first, each text once.

    Runs in the open context, which may be a public door's. `vector` is of the project's space.
    Raises NoTenant outside a context.
    """
    require()
    bound = HalfVector(vector).to_text()
    with connection.cursor() as cursor:
        for setting in SEARCH_SETTINGS:
            cursor.execute(setting)
        cursor.execute(search_statement(space), [bound, project_id, bound, limit])
        passages = [Passage(*row) for row in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_sort = on")
    return list({passage.text: passage for passage in reversed(passages)}.values())[::-1]
