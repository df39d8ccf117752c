"""A project moves to another embedding space, and is searched in the old one until it is there.

The new vectors are built beside those that answers are found by, batch by batch, and take their
place in one transaction when no chunk lacks its own. Killed at any step, it goes on from there.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from pgvector import HalfVector

from askorac.jobs.leases import Lease, advance, hold
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from keys.choosing import chosen_of
from keys.clients import EmbeddingSpace, Vectors, models_for
from projects.models import Project

from .ingestion.embed import Embedder
from .ingestion.texts import Piece
from .models import Chunk, UpcomingVector
from .vectors.choosing import are_sealed
from .vectors.packing import numbers_of, packed

# What is opened and embedded before it is stored, however many texts a model takes at once.
MOST_IN_A_BATCH: Final = 256


def respace(lease: Lease) -> None:
    """Move a project to the space that its people have chosen.

    Nothing is open while a provider is asked. Raises ProviderFault, KeyRevoked, KeysAway,
    LeaseLost.
    """
    with tenant(lease.organization_id):
        project = Project.objects.filter(pk=lease.target_id).first()
        wanted = chosen_of(project).embedding if project else ""
        if project is None or not wanted or wanted == project.embedding_space:
            UpcomingVector.objects.filter(project_id=lease.target_id).delete()
            return
        others = UpcomingVector.objects.filter(project_id=project.pk)
        others.exclude(embedding_space=wanted).delete()
    space = EmbeddingSpace.parse(wanted)
    keyrings.of(lease.organization_id)
    with Embedder(lambda: models_for(project).embedding(space)) as embedder:
        while not _has_moved(lease, project, space):
            _embed_some(lease, project, space, embedder)


def _embed_some(lease: Lease, project: Project, space: EmbeddingSpace, embedder: Embedder) -> None:
    """Embed and keep as many chunks as go into a batch."""
    size = min(embedder.batch_size, MOST_IN_A_BATCH)
    keyrings.of(lease.organization_id)  # anew for each batch: it may have been taken away
    with tenant(lease.organization_id):
        lacking = _lacking(project, space).order_by("document_id", "ordinal")
        chunks = list(
            lacking.only("id", "organization_id", "text", "heading", "text_digest")[:size]
        )
        known = _known(chunks, space)
    pieces = [_piece(chunk) for chunk in chunks]
    vectors: Iterable[Vectors] = embedder.embed_pieces(pieces, known=known) if pieces else ()
    keyrings.of(lease.organization_id)  # a provider may take long
    with tenant(lease.organization_id):
        hold(lease)
        # Some may be gone by now: what is written of them would refer to nothing.
        ids, seals = [chunk.pk for chunk in chunks], are_sealed()
        there = set(
            Chunk.objects.filter(pk__in=ids).select_for_update().values_list("id", flat=True)
        )
        UpcomingVector.objects.bulk_create(
            [
                UpcomingVector(
                    id=chunk.pk,
                    organization_id=lease.organization_id,
                    project_id=project.pk,
                    chunk_id=chunk.pk,
                    embedding_space=str(space),
                    **_form_of(vector, sealed=seals),
                )
                for chunk, vector in zip(chunks, vectors, strict=True)
                if chunk.pk in there
            ],
            ignore_conflicts=True,
        )
        live = Chunk.objects.filter(project_id=project.pk, is_live=True).count()
        advance(lease, done=live - _lacking(project, space).count(), total=live)


def _has_moved(lease: Lease, project: Project, space: EmbeddingSpace) -> bool:
    """Let the new vectors take the place of the old ones, if no chunk lacks its own."""
    with tenant(lease.organization_id):
        if _lacking(project, space).exists():
            return False
        hold(lease)
        # From here on no text goes live in the old space.
        held = Project.objects.select_for_update(no_key=True).filter(pk=project.pk)
        if not held.exists():
            return True
        if _lacking(project, space).exists():
            return False
        waiting = UpcomingVector.objects.filter(project_id=project.pk)
        own = waiting.filter(pk=OuterRef("pk"))
        moving = Chunk.objects.filter(project_id=project.pk, is_live=True)
        moving.exclude(embedding_space=str(space)).update(
            embedding=Subquery(own.values("embedding")),
            vector=Subquery(own.values("vector")),
            embedding_space=str(space),
        )
        Project.objects.filter(pk=project.pk).update(embedding_space=str(space))
        waiting.delete()
    return True


def _form_of(vector: Vectors, *, sealed: bool) -> dict[str, object]:
    return {"vector": packed(vector)} if sealed else {"embedding": HalfVector(vector)}


def _lacking(project: Project, space: EmbeddingSpace) -> QuerySet[Chunk]:
    """The live chunks that have no vector in a space, neither in use nor waiting."""
    waiting = UpcomingVector.objects.filter(chunk_id=OuterRef("pk"), embedding_space=str(space))
    live = Chunk.objects.filter(project_id=project.pk, is_live=True)
    return live.exclude(embedding_space=str(space)).exclude(Exists(waiting))


def _known(chunks: Sequence[Chunk], space: EmbeddingSpace) -> dict[bytes, Vectors]:
    """Vectors that the organization has already for the same texts in a space, by their digests."""
    digests = [chunk.text_digest for chunk in chunks]
    name = str(space)
    in_use = Chunk.objects.filter(text_digest__in=digests, embedding_space=name)
    waiting = UpcomingVector.objects.filter(chunk__text_digest__in=digests, embedding_space=name)
    used = in_use.order_by("text_digest").distinct("text_digest")
    ready = waiting.order_by("chunk__text_digest").distinct("chunk__text_digest")
    known = {
        bytes(each.text_digest): numbers_of(each)
        for each in used.only("id", "organization_id", "text_digest", "embedding", "vector")
    }
    return known | {
        bytes(each.chunk.text_digest): numbers_of(each) for each in ready.select_related("chunk")
    }


def _piece(chunk: Chunk) -> Piece:
    """A chunk as it was when it was embedded."""
    return Piece(
        ordinal=0,
        text=chunk.text.open(),
        page=None,
        heading=chunk.heading.open() if chunk.heading else "",
        fingerprint=bytes(chunk.text_digest),
    )
