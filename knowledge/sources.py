"""The entrance: what a customer gives becomes a source, and a job that makes it findable."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from askorac.jobs.leases import enqueue
from askorac.jobs.models import Job, State
from askorac.jobs.tasks import wake
from askorac.sealing import keyrings
from askorac.sealing.keyring import Keyring
from askorac.tenancy.context import tenant
from projects import receipts
from projects.limits import read_limits
from projects.models import Project
from projects.trail.recording import Actor, Target, record

from . import keeping, labels
from .files import Kept
from .models import Source
from .models.sources import Kind
from .naming import usable_external_id, usable_file_name, usable_text, usable_title, usable_url
from .source_rows import SourceGone
from .tasks import INGEST_SOURCE
from .uploads import counts_of


@dataclass(frozen=True, slots=True)
class _Given:
    """What a source consists of from now on; `id` is the one that a new source gets."""

    id: UUID
    kind: Kind
    name: str
    external_id: str
    size_bytes: int = 0
    url: str = ""
    file: Kept | None = None


def add_file(
    *,
    project: Project,
    upload: "UploadedFile[Any]",
    by: Actor,
    now: datetime,
    external_id: str = "",
    write_id: UUID | None = None,
) -> Source:
    """Keep an uploaded file and queue its ingestion.

    With an `external_id` that a source of the project already has, its content is replaced. A new
    source gets `write_id` as its id, so that a write that is repeated adds nothing. No transaction
    is open while the file is written, unless the caller has one open. Raises ValidationError for a
    file that is empty, too large or nameless, SourceGone if the project was deleted meanwhile, and
    files.StorageAway; nothing is kept then.
    """
    name, external_id = usable_file_name(upload.name or ""), usable_external_id(external_id)
    size = upload.size or 0
    if not size:
        raise ValidationError(f"“{name}” is empty. Choose a file with text in it.")
    if size > settings.UPLOAD_MAX_BYTES:
        megabytes = settings.UPLOAD_MAX_BYTES // 1_000_000
        raise ValidationError(
            f"“{name}” is larger than {megabytes} MB. Split it, and upload the parts."
        )
    with keeping.kept(upload.chunks(), **_place(project), now=now) as file:
        given = _Given(write_id or uuid4(), Kind.FILE, name, external_id, size, file=file)
        return _add(project, given, by, now)


def add_text(
    *,
    project: Project,
    title: str,
    text: str,
    by: Actor,
    now: datetime,
    external_id: str = "",
    write_id: UUID | None = None,
) -> Source:
    """Keep a pasted text and queue its ingestion; ids and errors as for a file."""
    title, external_id = usable_title(title), usable_external_id(external_id)
    content = usable_text(text).encode("utf-8", "replace")
    with keeping.kept((content,), **_place(project), now=now) as file:
        id_ = write_id or uuid4()
        given = _Given(id_, Kind.TEXT, title, external_id, len(content), file=file)
        return _add(project, given, by, now)


def add_page(
    *,
    project: Project,
    url: str,
    by: Actor,
    now: datetime,
    external_id: str = "",
    write_id: UUID | None = None,
) -> Source:
    """Queue a web page to be fetched and made findable; ids as for a file.

    It is named by its address until its title is known. Raises ValidationError for an address
    that is never fetched.
    """
    url, external_id = usable_url(url), usable_external_id(external_id)
    given = _Given(write_id or uuid4(), Kind.PAGE, url[:255], external_id, url=url)
    return _add(project, given, by, now)


def page_at(*, project: Project, url: str) -> Source | None:
    """The page of this address that the project has, or None. Raises ValidationError."""
    digest = labels.url_digest(usable_url(url), ring=keyrings.of(project.organization_id))
    pages = Source.objects.filter(project_id=project.pk, kind=Kind.PAGE, url_digest=digest)
    return pages.order_by("created_at").first()


def remove(*, source: Source, by: Actor, now: datetime) -> None:
    """Remove a source with its documents and chunks at once; its file by a job."""
    record(action="source.removed", target=_target(source), by=by, now=now)
    receipts.give(
        kind="source.removed",
        counts=counts_of(source),
        now=now,
        project_id=source.project_id,
        source_id=str(source.pk),
    )
    Job.objects.filter(kind=INGEST_SOURCE, target_id=source.pk).delete()
    source.delete()
    _discard_file(source, now)


def retry(*, source: Source, by: Actor, now: datetime) -> bool:
    """Queue the ingestion of a source again, from where it stopped; False if it is under way."""
    return _ask_again(source, "source.retried", by, now)


def refresh(*, source: Source, by: Actor, now: datetime) -> bool:
    """Have a page fetched again; its old text answers until the new one is complete.

    False if it is being fetched already. Raises ValidationError for a source that is no page.
    """
    if source.kind != Kind.PAGE:
        raise ValidationError("Only a web page can be fetched again. Upload the file anew.")
    return _ask_again(source, "source.refreshed", by, now)


def read_again(*, source: Source, by: Actor, now: datetime) -> bool:
    """Have a page fetched again, or a file or a text read again; False if it is under way."""
    again = refresh if source.kind == Kind.PAGE else retry
    return again(source=source, by=by, now=now)


def select_sources(*, project: Project, external_id: str = "", state: str = "") -> QuerySet[Source]:
    """The sources of a project that have this external id and are in this state, if it is given."""
    found = Source.objects.filter(project_id=project.pk)
    if external_id:
        ring = keyrings.of(project.organization_id)
        found = found.filter(external_id_digest=labels.id_digest(external_id, ring=ring))
    if state:
        job = Job.objects.filter(kind=INGEST_SOURCE, target_id=OuterRef("pk"), state=state)
        found = found.filter(Exists(job))
    return found


def get_source(*, project: Project, source_id: UUID) -> Source | None:
    """The project's source, or None for any other id."""
    return Source.objects.filter(project_id=project.pk, pk=source_id).first()


def has_ready_source(*, project: Project) -> bool:
    """Whether there is anything to answer from."""
    return Source.objects.filter(project_id=project.pk, chunk_count__gt=0).exists()


def require_room(*, size_bytes: int) -> None:
    """Look whether the open organization may have one more source, of that size.

    Whoever adds others meanwhile waits until this transaction ends. Raises ValidationError if the
    organization has limits of its own, and this is past them.
    """
    limits = read_limits()
    if limits.sources is None and limits.stored_bytes is None:
        return
    Project.objects.select_for_update(no_key=True).order_by("pk").first()
    used = Source.objects.aggregate(sources=Count("pk"), stored=Sum("size_bytes", default=0))
    if limits.sources is not None and used["sources"] >= limits.sources:
        raise ValidationError(
            f"Sources of your organization: at most {limits.sources:,}. Remove one before you add"
            " another, or write to us."
        )
    stored = used["stored"] + size_bytes
    if limits.stored_bytes is not None and stored > limits.stored_bytes:
        megabytes = limits.stored_bytes // 1_000_000
        raise ValidationError(
            f"Your organization may store {megabytes:,} MB. Remove sources before you add others,"
            " or write to us."
        )


def _place(project: Project) -> dict[str, UUID]:
    return {"organization_id": project.organization_id, "project_id": project.pk}


def _add(project: Project, given: _Given, by: Actor, now: datetime) -> Source:
    ring = keyrings.of(project.organization_id)
    with tenant(project.organization_id):
        if not Project.objects.select_for_update(no_key=True).filter(pk=project.pk).exists():
            raise SourceGone
        if (source := Source.objects.filter(pk=given.id).first()) is not None:
            return source
        require_room(size_bytes=given.size_bytes)
        if given.file is not None:
            keeping.take(given.file)
        source, is_new = _source_of(project, given, now, ring)
        if not is_new:
            _replace(source, given, now, ring)
        called = given.name, given.external_id, given.url
        labels.keep_words(labels.blind_words(*called, ring=ring), source=source)
        record(
            action="source.added" if is_new else "source.replaced",
            target=_target(source),
            by=by,
            now=now,
            kind=given.kind.value,
            size_bytes=given.size_bytes,
        )
        enqueue(kind=INGEST_SOURCE, target_id=source.pk, now=now, wake=wake, restarts=True)
    return source


def _source_of(
    project: Project, given: _Given, now: datetime, ring: Keyring
) -> tuple[Source, bool]:
    """The source that has this external id, locked, or a new one; and whether it is new."""
    values = {
        **_values(given, ring, now),
        "id": given.id,
        "external_id": given.external_id,
        "created_at": now,
    }
    if not given.external_id:
        return Source.objects.create(project_id=project.pk, **values), True
    return Source.objects.select_for_update().get_or_create(
        project_id=project.pk,
        external_id_digest=labels.id_digest(given.external_id, ring=ring),
        defaults=values,
    )


def _replace(source: Source, given: _Given, now: datetime, ring: Keyring) -> None:
    _discard_file(source, now)
    values = {**_values(given, ring, now), "fetched_at": None}
    for name, value in values.items():
        setattr(source, name, value)
    source.save(update_fields=list(values))


def _values(given: _Given, ring: Keyring, now: datetime) -> dict[str, Any]:
    """What its row says of a source that was given just now."""
    file = given.file
    return {
        "kind": given.kind,
        "name": given.name,
        "url": given.url,
        "url_digest": labels.url_digest(given.url, ring=ring),
        "size_bytes": given.size_bytes,
        "file_id": file.file_id if file else uuid4(),
        "file_key_version": file.key_version if file else None,
        "file_given_at": now if file else None,
        "file_purged_at": None,
    }


def _discard_file(source: Source, now: datetime) -> None:
    if source.kind != Kind.PAGE and source.file_purged_at is None:
        keeping.discard(source.file_id, now=now)


def _ask_again(source: Source, action: str, by: Actor, now: datetime) -> bool:
    jobs = Job.objects.filter(kind=INGEST_SOURCE, target_id=source.pk)
    job = jobs.select_for_update().first()
    if job is None:
        raise SourceGone
    if job.state == State.PROCESSING:
        return False
    enqueue(kind=INGEST_SOURCE, target_id=source.pk, now=now, wake=wake)
    record(action=action, target=_target(source), by=by, now=now)
    return True


def _target(source: Source) -> Target:
    return Target(kind="source", id=source.pk, label=source.name.open())
