"""Large projects get a partial HNSW index of their own; what shrank or is gone loses it.

Runs as the schema's owner, outside any request: CREATE INDEX CONCURRENTLY can't run inside a
function or a transaction, and a plain CREATE INDEX would hold up every customer's writes.
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import DataError, NotSupportedError, ProgrammingError, connections
from psycopg import sql

from askorac.tenancy.lookups import project_sizes
from askorac.web.logs import LogEvent, log
from keys.clients import EmbeddingSpace

OWNER = "owner"
LARGE = 20_000
PREFIX = "chunk_hnsw_"
_LOCK = 0x0AC1D


def tend_indexes(*, large: int = LARGE) -> int:
    """Build what is missing, drop what is not needed, rebuild what is invalid.

    Returns how many indexes changed. One indexer at a time: another finds the lock taken and
    does nothing. A project keeps its index until it is half as large.
    """
    with _only_one() as is_alone:
        if not is_alone:
            return 0
        wanted = {index_name(row[0], row[1]): row for row in project_sizes(large // 2)}
        existing = _indexes()
        invalid = [name for name, is_valid in existing.items() if not is_valid]
        missing = wanted.keys() - (existing.keys() - set(invalid))
        gone = existing.keys() - wanted.keys() - set(invalid)
        for name in invalid:
            drop_index(name)
        built = 0
        for name in missing:
            project_id, space, chunks = wanted[name]
            if chunks >= large:
                built += _build(project_id, space)
        # Last, so that a project that has moved to another space is searched by one or the other.
        for name in gone:
            drop_index(name)
        return len(invalid) + built + len(gone)


def index_name(project_id: UUID, space: str) -> str:
    """A project's index is for one embedding space."""
    return f"{PREFIX}{project_id.hex}_{hashlib.sha256(space.encode()).hexdigest()[:8]}"


def build_index(project_id: UUID, space: EmbeddingSpace) -> None:
    """Build a project's index without holding up anybody's writes."""
    kind = sql.SQL(f"halfvec({space.dimensions:d})")
    _execute(
        sql.SQL(
            "CREATE INDEX CONCURRENTLY {name} ON knowledge_chunk"
            " USING hnsw ((embedding::{kind}) halfvec_cosine_ops)"
            " WHERE project_id = {project} AND is_live AND embedding_space = {space}"
        ).format(
            name=sql.Identifier(index_name(project_id, str(space))),
            kind=kind,
            project=sql.Literal(project_id),
            space=sql.Literal(str(space)),
        )
    )
    log(LogEvent.INDEX_BUILT, project=project_id)


def _build(project_id: UUID, space: str) -> bool:
    """One project's index; False if it can't be built, which stops none of the others."""
    try:
        build_index(project_id, EmbeddingSpace.parse(space))
    except (ValueError, DataError, NotSupportedError, ProgrammingError) as error:
        log(LogEvent.INDEX_FAILED, level=logging.ERROR, project=project_id, broken=error)
        return False
    return True


def drop_index(name: str) -> None:
    """Drop an index without holding up anybody's reads."""
    _execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(name)))
    log(LogEvent.INDEX_DROPPED, project=UUID(name.removeprefix(PREFIX)[:32]))


def _indexes() -> dict[str, bool]:
    """The names of the indexes in the catalog; one whose building was cut off is not valid."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE i.indrelid = 'knowledge_chunk'::regclass AND starts_with(c.relname, %s)",
            [PREFIX],
        )
        return dict(cursor.fetchall())


@contextmanager
def _only_one() -> Iterator[bool]:
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        row = cursor.fetchone()
        is_alone = bool(row and row[0])
        try:
            yield is_alone
        finally:
            if is_alone:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _execute(statement: sql.Composed) -> None:
    with connections[OWNER].cursor() as cursor:
        cursor.execute(statement)
