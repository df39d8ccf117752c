"""Sources with their files, and what was read of them."""

from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from askorac.jobs.leases import enqueue, hold
from askorac.jobs.models import Job, State
from askorac.jobs.tasks import wake
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from keys.clients import EmbeddingSpace
from knowledge import keeping, labels
from knowledge.models import Source
from knowledge.sources import require_room
from knowledge.tasks import INGEST_SOURCE
from projects.models import Project

from ..archive import layout, shapes
from ..checking import Place, rows
from .documents import known_vectors, make_document
from .work import Making


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
    known = known_vectors(archive, place, number, space)
    for document_id, own in groupby(chunks, key=lambda row: row["document_id"]):
        assert space is not None
        make_document(making, project, documents[document_id], list(own), known, space)
    has_text = {row["source_id"] for row in documents.values()}
    for source in sources:
        _note_reading(making, source, is_read=source["id"] in has_text)


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
    require_room(size_bytes=told["size_bytes"])
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
