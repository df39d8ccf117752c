"""Documents with their chunks and vectors, live at once."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

import numpy as np

from askorac.jobs.leases import hold
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from keys.clients import EmbeddingModel, EmbeddingSpace, Vectors, models_for
from knowledge.ingestion import store
from knowledge.ingestion.embed import Embedder
from knowledge.ingestion.fingerprints import with_fingerprints
from knowledge.ingestion.texts import Piece
from knowledge.models import Document
from knowledge.vectors.choosing import are_sealed
from knowledge.words import postings
from projects.models import Project

from ..archive import layout, vectors
from ..archive.reading import Archive, BadArchive
from ..checking import NO_VECTORS, Place
from .work import Making

ROWS_AT_ONCE: Final = 100


def known_vectors(
    archive: Archive, place: Place, number: int, space: EmbeddingSpace | None
) -> "Numbers":
    """The vectors of one part; none if the archive has none, or those of another space."""
    name = place.named("vectors", number, "npy")
    if not archive.has(name):
        return Numbers(iter(()), 0, name)
    told = archive.value(layout.in_project(place.id, layout.PROJECT))["embedding_space"]
    dimensions = int(told.rpartition("/")[2])
    is_usable = space is not None and str(space) == told
    blocks = archive.blocks(name, sha256=archive.listed[name].sha256)
    return Numbers(blocks, dimensions if is_usable else 0, name)


class Numbers:
    """The vectors of a part, taken one after the other; nothing where they are of another space."""

    def __init__(self, blocks: Iterator[bytes], dimensions: int, name: str) -> None:
        self._blocks, self._dimensions, self._name = blocks, dimensions, name
        self._rest, self._has_begun = b"", False

    def take(self, count: int) -> Vectors | None:
        """As many as that. Raises BadArchive for what are no numbers."""
        if not self._dimensions:
            return None
        if not self._has_begun:
            self._has_begun = True
            self._rest = next(self._blocks, b"")
            at = self._rest.index(b"\n") + 1
            self._rest = self._rest[at:]
        size = 2 * count * self._dimensions
        while len(self._rest) < size:
            self._rest += next(self._blocks)
        plain, self._rest = self._rest[:size], self._rest[size:]
        found = vectors.numbers(plain, self._dimensions)
        if not np.isfinite(found).all():
            raise BadArchive(NO_VECTORS.format(name=self._name))
        return found


def make_document(
    making: Making,
    project: Project,
    told: dict[str, Any],
    chunks: Sequence[dict[str, Any]],
    known: Numbers,
    space: EmbeddingSpace,
) -> None:
    """A document with its chunks, live at once; one that is live already is left as it is."""
    document_id, source_id = making.new_id(told["id"]), making.new_id(told["source_id"])
    ring = keyrings.of(making.organization_id)
    pieces = with_fingerprints([_piece(row, at) for at, row in enumerate(chunks)], ring=ring)
    ids = [making.new_id(row["id"]) for row in chunks]
    with tenant(making.organization_id):
        is_live = Document.objects.filter(pk=document_id, is_draft=False).exists()
        draft = None if is_live else _draft(making, project, told, document_id, source_id, space)
    numbers = known.take(len(pieces))
    if draft is None:
        return
    with Embedder(lambda: _model(draft)) as embedder:
        for begin in range(0, len(pieces), ROWS_AT_ONCE):
            batch = pieces[begin : begin + ROWS_AT_ONCE]
            found = (
                embedder.embed_pieces(batch, known={})
                if numbers is None
                else numbers[begin : begin + len(batch)]
            )
            ring = keyrings.of(making.organization_id)
            named = ids[begin : begin + len(batch)]
            sealed = store.sealed_rows(draft, batch, found, ring=ring, ids=named)
            with tenant(making.organization_id):
                store.add(
                    making.lease, sealed, done=making.row.done, total=max(making.row.total, 1)
                )
    _publish(making, draft, told["title"], pieces)


def _draft(
    making: Making,
    project: Project,
    told: dict[str, Any],
    document_id: UUID,
    source_id: UUID,
    space: EmbeddingSpace,
) -> store.Draft:
    """The document, not live yet and without a chunk."""
    hold(making.lease)
    Document.objects.filter(source_id=source_id, is_draft=True).delete()
    Document.objects.create(
        id=document_id,
        project_id=project.pk,
        source_id=source_id,
        title=told["title"],
        url=told["url"],
        page_count=told["page_count"],
        created_at=told["created_at"],
        is_draft=True,
    )
    return store.Draft(
        organization_id=making.organization_id,
        project_id=project.pk,
        source_id=source_id,
        document_id=document_id,
        space=space,
        seals_vectors=are_sealed(),
        stored=(),
    )


def _publish(making: Making, draft: store.Draft, title: str, pieces: Sequence[Piece]) -> None:
    ring = keyrings.of(making.organization_id)
    texts = [piece.embedded_text for piece in pieces]
    words = postings.blind_words(texts, title=title, ring=ring)
    with tenant(making.organization_id):
        store.publish(making.lease, draft, chunk_count=len(pieces))
        postings.keep(
            words,
            organization_id=making.organization_id,
            project_id=draft.project_id,
            document_id=draft.document_id,
        )


def _model(draft: store.Draft) -> EmbeddingModel:
    project = Project(pk=draft.project_id, organization_id=draft.organization_id)
    return models_for(project).embedding(draft.space)


def _piece(row: dict[str, Any], at: int) -> Piece:
    return Piece(
        ordinal=at,
        text=row["text"],
        page=row["page"],
        heading=row["heading"],
        joint=row["joint"],
        repeated_count=row["repeated_count"],
    )
