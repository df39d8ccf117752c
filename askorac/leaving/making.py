"""What is made of an archive that was looked at: projects, and what was known and said in them.

All ids are new: each follows from the import's and the archive's own. So links are kept without a
list of them, and what an earlier attempt has made is found again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

import numpy as np
from django.core.exceptions import ValidationError
from django.utils import timezone

from askorac.jobs.leases import Lease, enqueue, hold
from askorac.jobs.models import Job, State
from askorac.jobs.tasks import wake
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from keys.choosing import Wanted, choose_models
from keys.clients import (
    EmbeddingModel,
    EmbeddingSpace,
    Vectors,
    can_embed,
    models_for,
    space_for,
)
from knowledge import keeping, labels
from knowledge.ingestion import store
from knowledge.ingestion.embed import Embedder
from knowledge.ingestion.fingerprints import with_fingerprints
from knowledge.ingestion.texts import Piece
from knowledge.models import Document, Source
from knowledge.tasks import INGEST_SOURCE
from knowledge.vectors.choosing import are_sealed
from knowledge.words import postings
from projects.avatars import set_avatar
from projects.changes import make_project
from projects.models import Content, Keep, Project, RetentionRule
from projects.trail.recording import Actor

from .archive import layout, shapes, vectors
from .archive.reading import Archive, BadArchive
from .checking import NO_VECTORS, Place, rows
from .models import Import

ANEW: Final = "“{name}”: its texts were embedded anew by {space}; {was} is not at hand here."
OTHER_MODELS: Final = "“{name}”: its models were not taken over; choose them on its settings."
ROWS_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Making:
    """One import at work."""

    lease: Lease
    row: Import
    archive: Archive
    by: Actor

    @property
    def organization_id(self) -> UUID:
        return self.lease.organization_id

    def new_id(self, old: UUID) -> UUID:
        """The id that something of the archive has here."""
        return uuid5(self.row.pk, str(old))


def new_project(
    making: Making, told: dict[str, Any], *, now: datetime
) -> tuple[Project, list[str]]:
    """A project with its settings, look, domains, picture and models; what is to be remarked.

    In the open context. Raises ValidationError.
    """
    wanted = {**told["settings"], **told["look"], "allowed_domains": told["allowed_domains"]}
    project = make_project(wanted=wanted, by=making.by, now=now)
    picture = layout.in_project(told["id"], layout.AVATAR)
    if making.archive.has(picture):
        sha256 = making.archive.listed[picture].sha256
        image = b"".join(making.archive.blocks(picture, sha256=sha256))
        set_avatar(project=project, upload=image, by=making.by, now=now)
    remarks = _choose(making, project, told["models"], now)
    return project, remarks + _embed_by(project, told["embedding_space"])


def make_sources(making: Making, place: Place, number: int, project: Project) -> None:
    """One part of what was known: sources, their files, documents, chunks. Safe to repeat."""
    archive = making.archive
    sources = list(rows(archive, place.named("sources", number), shapes.SOURCE))
    documents = {
        row["id"]: row for row in rows(archive, place.named("documents", number), shapes.DOCUMENT)
    }
    for source in sources:
        _make_source(making, place, source, project)
    space = EmbeddingSpace.parse(project.embedding_space) if project.embedding_space else None
    chunks = rows(archive, place.named("chunks", number), shapes.CHUNK)
    known = _vectors(archive, place, number, space)
    for document_id, own in groupby(chunks, key=lambda row: row["document_id"]):
        assert space is not None
        _make_document(making, project, documents[document_id], list(own), known, space)
    has_text = {row["source_id"] for row in documents.values()}
    for source in sources:
        _note_reading(making, source, is_read=source["id"] in has_text)


def make_rules(making: Making, projects: dict[UUID, UUID], *, now: datetime) -> None:
    """The retention rules that projects had of their own, in the open context."""
    if not making.archive.has(layout.RETENTION):
        return
    for row in rows(making.archive, layout.RETENTION, shapes.RETENTION):
        project_id = projects.get(row["project_id"]) if row["project_id"] else None
        is_known = row["content"] in Content.values and row["keep"] in Keep.values
        if project_id is None or not is_known:
            continue
        RetentionRule.objects.get_or_create(
            project_id=project_id,
            content=row["content"],
            defaults={"keep": row["keep"], "days": row["days"], "changed_at": now},
        )


def _choose(making: Making, project: Project, told: dict[str, str], now: datetime) -> list[str]:
    """The models that the project had, if they can be had here."""
    wanted = Wanted(chat=told["chat"], fallback=told["fallback"])
    if wanted == Wanted():
        return []
    try:
        choose_models(project=project, wanted=wanted, by=making.by, now=now)
    except ValidationError:
        return [OTHER_MODELS.format(name=project.name)]
    return []


def _embed_by(project: Project, was: str) -> list[str]:
    """Let the project keep the space of its vectors, or give it the one that is at hand."""
    if not was:
        return []
    is_kept = can_embed(project, was)
    space = was if is_kept else str(space_for(project))
    Project.objects.filter(pk=project.pk).update(embedding_space=space)
    project.embedding_space = space
    return [] if is_kept else [ANEW.format(name=project.name, space=space, was=was)]


def _make_source(making: Making, place: Place, told: dict[str, Any], project: Project) -> None:
    """A source with its file; one that is there is left as it is."""
    source_id, now = making.new_id(told["id"]), timezone.now()
    with tenant(making.organization_id):
        if Source.objects.filter(pk=source_id).exists():
            return
    keyrings.warm(making.organization_id)
    if told["file"] is None:
        with tenant(making.organization_id):
            hold(making.lease)
            _keep_source(making, told, project, uuid4(), None, now)
        return
    name = layout.in_project(place.id, told["file"])
    content = making.archive.blocks(name, sha256=told["sha256"])
    kept = keeping.kept(
        content, organization_id=making.organization_id, project_id=project.pk, now=now
    )
    with kept as file, tenant(making.organization_id):
        hold(making.lease)
        keeping.take(file)
        _keep_source(making, told, project, file.file_id, file.key_version, now)


def _keep_source(
    making: Making,
    told: dict[str, Any],
    project: Project,
    file_id: UUID,
    key_version: int | None,
    now: datetime,
) -> None:
    ring = keyrings.of(making.organization_id)
    digest = labels.id_digest(told["external_id"], ring=ring)
    of_project = Source.objects.filter(project_id=project.pk)
    is_taken = digest is not None and of_project.filter(external_id_digest=digest).exists()
    external_id = "" if is_taken else told["external_id"]
    is_gone = told["file"] is None and told["kind"] != "page"
    source = Source.objects.create(
        id=making.new_id(told["id"]),
        project_id=project.pk,
        kind=told["kind"],
        name=told["name"],
        url=told["url"],
        url_digest=labels.url_digest(told["url"], ring=ring),
        external_id=external_id,
        external_id_digest=labels.id_digest(external_id, ring=ring),
        file_id=file_id,
        file_key_version=key_version,
        file_purged_at=now if is_gone else None,
        size_bytes=told["size_bytes"],
        created_at=told["created_at"],
        fetched_at=told["fetched_at"],
    )
    called = told["name"], external_id, told["url"]
    labels.keep_words(labels.blind_words(*called, ring=ring), source=source)


def _note_reading(making: Making, told: dict[str, Any], *, is_read: bool) -> None:
    """A source has a job that tells how far it is; one that was not read there is read here."""
    source_id, now = making.new_id(told["id"]), timezone.now()
    with tenant(making.organization_id):
        hold(making.lease)
        if Job.objects.filter(kind=INGEST_SOURCE, target_id=source_id).exists():
            return
        if not is_read:
            enqueue(kind=INGEST_SOURCE, target_id=source_id, now=now, wake=wake)
            return
        Job.objects.create(
            kind=INGEST_SOURCE,
            target_id=source_id,
            state=State.READY,
            due_at=now,
            created_at=now,
            finished_at=now,
        )


def _vectors(
    archive: Archive, place: Place, number: int, space: EmbeddingSpace | None
) -> "_Numbers":
    name = place.named("vectors", number, "npy")
    if not archive.has(name):
        return _Numbers(iter(()), 0, name)
    told = archive.value(layout.in_project(place.id, layout.PROJECT))["embedding_space"]
    dimensions = int(told.rpartition("/")[2])
    is_usable = space is not None and str(space) == told
    blocks = archive.blocks(name, sha256=archive.listed[name].sha256)
    return _Numbers(blocks, dimensions if is_usable else 0, name)


class _Numbers:
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


def _make_document(
    making: Making,
    project: Project,
    told: dict[str, Any],
    chunks: Sequence[dict[str, Any]],
    known: _Numbers,
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
