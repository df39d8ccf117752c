"""The passages of a project that are nearest in meaning to a question.

Vectors only, for now. A project is scanned exactly until it is large; then its own partial HNSW
index is used. Under policies the planner thinks that two rows are left, so that a sort looks
free and the index is ignored: `enable_sort = off` for this one statement cures it, and a small
project stays exact.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import connection
from pgvector import HalfVector
from pgvector.psycopg.halfvec import HalfVectorBinaryDumper, HalfVectorDumper

from askorac.tenancy.context import require
from keys.clients import EmbeddingSpace

NEAREST = 12
EF_SEARCH = 200

# What is set for the transaction of a search, in one round trip. A custom plan, because a generic
# one can't prove that the partial index of this project applies.
SEARCH_SETTINGS = f"""
    SELECT set_config('enable_sort', 'off', true),
        set_config('plan_cache_mode', 'force_custom_plan', true),
        set_config('hnsw.ef_search', '{EF_SEARCH}', true)
"""


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as retrieved. `score` is the cosine with the question, -1 to 1.

    `url` is where the document lies on the web; it is empty for files and pasted texts.
    """

    chunk_id: UUID
    document_id: UUID
    title: str
    text: str
    page: int | None
    heading: str
    score: float
    url: str = ""


def search_statement(space: EmbeddingSpace) -> str:
    """Named nearest chunks: parameters vector, project, limit; the nearest first.

    The distance is computed once for a chunk: its vector lies outside its row, and fetching it
    is most of an exact search.
    """
    kind = f"halfvec({space.dimensions:d})"
    return f"""
        SELECT n.id, n.document_id, d.title, n.text, n.page, n.heading, 1 - n.distance,
               d.url FROM (
            SELECT c.organization_id, c.id, c.document_id, c.text, c.page, c.heading,
                   c.embedding::{kind} <=> %s::{kind} AS distance
            FROM knowledge_chunk c
            WHERE c.project_id = %s AND c.is_live
            ORDER BY distance
            LIMIT %s
        ) n
        JOIN knowledge_document d
            ON d.organization_id = n.organization_id AND d.id = n.document_id
        ORDER BY n.distance
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
    values: list[Any] = [HalfVector(vector), project_id, limit]
    with connection.cursor() as cursor:
        # In binary: writing 1,536 numbers out and reading them again took longer than the search.
        cursor.adapters.register_dumper(HalfVector, HalfVectorBinaryDumper)
        # In text where Django shows a statement, as it does while statements are counted.
        cursor.connection.adapters.register_dumper(HalfVector, HalfVectorDumper)
        cursor.execute(SEARCH_SETTINGS)
        cursor.execute(search_statement(space), values)
        passages = [Passage(*row) for row in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_sort = on")
    return list({passage.text: passage for passage in reversed(passages)}.values())[::-1]
