"""Step four: chunks go into their table with COPY, batch by batch, and live all at once.

A source that is read again gets a draft beside the document that answers are taken from, and the
draft takes its place when it is complete.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from pgvector import HalfVector
from pgvector.psycopg import register_vector

from askorac.jobs.leases import Later, Lease, LeaseLost, advance, hold
from askorac.sealing.fields import purpose_of, sealed_value
from askorac.sealing.keyring import Keyring
from keys.clients import EmbeddingSpace, Vectors, space_for
from knowledge.models import Chunk, Document, Source
from knowledge.vectors.choosing import are_sealed, restore_what_is_left
from knowledge.vectors.packing import numbers_of, packed
from knowledge.words import postings
from projects.models import Project

from .texts import Piece

# Named COPY: COPY refuses a table under row-level security, so it goes into a view whose trigger
# inserts with the rights, and under the policies, of whoever copies (docs/decisions).
COPY_CHUNKS = """
COPY knowledge_chunk_intake (
    organization_id, id, project_id, document_id, ordinal, text, text_digest, page, heading,
    joint, repeated_count, embedding_space, embedding, vector
) FROM STDIN (FORMAT BINARY)
"""
COPY_TYPES = [
    *("uuid", "uuid", "uuid", "uuid", "int4", "bytea", "bytea", "int4", "bytea"),
    *("text", "int2", "text", "halfvec", "bytea"),
]

MOST_HEADING_CHARACTERS = 255
MOVED = "The project was given another embedding model meanwhile. The text is embedded again by it."

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """What a document says of itself: its title, its own address if it has one, its pages."""

    title: str
    url: str
    page_count: int | None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A document that says the same already, and whether its words are indexed as it says them."""

    document_id: UUID
    has_words: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that is being stored, and what an earlier attempt has already stored of it."""

    organization_id: UUID
    project_id: UUID
    source_id: UUID
    document_id: UUID
    space: EmbeddingSpace
    seals_vectors: bool
    stored: tuple[bytes, ...]


def keep_unchanged(
    lease: Lease, *, source: Source, described: Description, pieces: Sequence[Piece]
) -> Unchanged | None:
    """The source's document, its description renewed, if it says the same already.

    Raises LeaseLost, also when the source was removed meanwhile.
    """
    hold(lease)
    live = Document.objects.filter(source_id=source.pk, is_draft=False)
    document = live.first()
    if document is None:
        return None
    space = str(_space_of(source.project_id))
    rows = _chunks_of(document.pk).values_list("text_digest", "page", "joint", "embedding_space")
    if [(bytes(digest), *rest) for digest, *rest in rows] != [
        (piece.fingerprint, piece.page, piece.joint, space) for piece in pieces
    ]:
        return None
    is_called_the_same = document.title.open() == described.title
    live.update(
        title=sealed_value(Document, "title", document.pk, described.title),
        url=sealed_value(Document, "url", document.pk, described.url),
        page_count=described.page_count,
    )
    Document.objects.filter(source_id=source.pk, is_draft=True).delete()
    return Unchanged(document.pk, is_called_the_same and postings.are_kept(document.pk))


def begin(lease: Lease, *, source: Source, described: Description) -> Draft:
    """The source's draft, made or found again, in the project's embedding space.

    Raises LeaseLost, also when the source was removed meanwhile.
    """
    hold(lease)
    document, _ = Document.objects.update_or_create(
        source_id=source.pk,
        is_draft=True,
        defaults={
            "title": described.title,
            "url": described.url,
            "page_count": described.page_count,
        },
        create_defaults={
            "project_id": source.project_id,
            "title": described.title,
            "url": described.url,
            "page_count": described.page_count,
            "created_at": timezone.now(),
        },
    )
    space = _space_of(source.project_id)
    rows = _chunks_of(document.pk).values_list("text_digest", "embedding_space")
    return Draft(
        organization_id=source.organization_id,
        project_id=source.project_id,
        source_id=source.pk,
        document_id=document.pk,
        space=space,
        seals_vectors=are_sealed(),
        stored=tuple(bytes(digest) if name == str(space) else b"" for digest, name in rows),
    )


def keep_stored(lease: Lease, draft: Draft, pieces: Sequence[Piece]) -> Sequence[Piece]:
    """The pieces that are not stored yet.

    What an earlier attempt stored counts only if it is the beginning of the same pieces; else it
    is removed, and all is stored anew.
    """
    count = len(draft.stored)
    if draft.stored == tuple(piece.fingerprint for piece in pieces[:count]):
        return pieces[count:]
    hold(lease)
    _chunks_of(draft.document_id).delete()
    return pieces


def known_embeddings(draft: Draft, pieces: Sequence[Piece]) -> dict[bytes, npt.NDArray[np.float32]]:
    """Vectors that this organization already has for the same text in the same space."""
    same = Chunk.objects.filter(
        text_digest__in=[piece.fingerprint for piece in pieces], embedding_space=str(draft.space)
    )
    # One row a text: of a text that is repeated a thousand times, a thousand came each time.
    once = same.order_by("text_digest").distinct("text_digest")
    chunks = once.only("id", "organization_id", "text_digest", "embedding", "vector")
    return {bytes(chunk.text_digest): numbers_of(chunk) for chunk in chunks}


def sealed_rows(
    draft: Draft,
    pieces: Sequence[Piece],
    vectors: Vectors,
    *,
    ring: Keyring,
    ids: Sequence[UUID] | None = None,
) -> list[Row]:
    """A batch as it is stored, under these ids or new ones. No database is asked."""
    purposes = purpose_of(Chunk, "text"), purpose_of(Chunk, "heading"), purpose_of(Chunk, "vector")
    named = ids if ids is not None else [uuid4() for _ in pieces]
    return [
        _row(draft, piece, vector, ring, *purposes, id_=id_)
        for piece, vector, id_ in zip(pieces, vectors, named, strict=True)
    ]


def add(lease: Lease, rows: Sequence[Row], *, done: int, total: int) -> None:
    """Store a batch, not live yet, with the job's progress. Raises LeaseLost."""
    hold(lease)
    register_vector(connection.connection)
    with connection.cursor() as cursor, cursor.copy(COPY_CHUNKS) as copy:
        copy.set_types(COPY_TYPES)
        for row in rows:
            copy.write_row(row)
    advance(lease, done=done, total=total)


def publish(lease: Lease, draft: Draft, *, chunk_count: int) -> None:
    """Let all chunks of the draft live, in the place of the earlier text.

    Raises LeaseLost, and Later if the project has moved to another space meanwhile.
    """
    hold(lease)
    # So that no chunk of the old space goes live while the project moves.
    project = Project.objects.select_for_update(no_key=True).get(pk=draft.project_id)
    if project.embedding_space != str(draft.space):
        raise Later(MOVED, seconds=1)
    Document.objects.filter(source_id=draft.source_id, is_draft=False).delete()
    Document.objects.filter(pk=draft.document_id).update(is_draft=False)
    live = _chunks_of(draft.document_id).update(is_live=True)
    if live != chunk_count:
        raise LeaseLost
    Source.objects.filter(pk=draft.source_id).update(chunk_count=chunk_count)
    restore_what_is_left(sealed=draft.seals_vectors, now=timezone.now())


def _chunks_of(document_id: UUID) -> QuerySet[Chunk]:
    return Chunk.objects.filter(document_id=document_id).order_by("ordinal")


def _space_of(project_id: UUID) -> EmbeddingSpace:
    """The project's embedding space; its first text decides which one that is."""
    project = Project.objects.get(pk=project_id)
    if not project.embedding_space:
        wanted = str(space_for(project))
        Project.objects.filter(pk=project_id, embedding_space="").update(embedding_space=wanted)
        project.refresh_from_db(fields=["embedding_space"])
    return EmbeddingSpace.parse(project.embedding_space)


def _row(
    draft: Draft,
    piece: Piece,
    vector: npt.NDArray[np.float32],
    ring: Keyring,
    text_purpose: str,
    heading_purpose: str,
    vector_purpose: str,
    *,
    id_: UUID,
) -> Row:
    heading = piece.heading[:MOST_HEADING_CHARACTERS].encode()
    return (
        draft.organization_id,
        id_,
        draft.project_id,
        draft.document_id,
        piece.ordinal,
        ring.seal(piece.text.encode(), purpose=text_purpose, row_id=id_),
        piece.fingerprint,
        piece.page,
        ring.seal(heading, purpose=heading_purpose, row_id=id_) if heading else None,
        piece.joint,
        piece.repeated_count,
        str(draft.space),
        None if draft.seals_vectors else HalfVector(vector),
        ring.seal(packed(vector), purpose=vector_purpose, row_id=id_)
        if draft.seals_vectors
        else None,
    )
