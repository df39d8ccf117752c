"""Files that are sealed with an older data key, or lie there unsealed from before: sealed anew.

Each is written as a new file, and its row names the one or the other: it is killed at any step
without harm, and begins again with what is left.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from askorac.jobs.leases import Lease, Waiting, extend
from askorac.sealing.elsewhere import Elsewhere
from askorac.tenancy.context import tenant

from . import files, keeping
from .files import Kept
from .models import Source
from .models.sources import Kind

SEAL_FILES: Final = "source.seal_files"
AT_ONCE: Final = 100
MORE: Final = "Files from before are being sealed."


def seal_files(lease: Lease) -> None:
    """The job: seal what lies unsealed of an organization's files, some at a time.

    Raises Waiting while there are more, LeaseLost, files.StorageAway, and what sealing raises.
    """
    organization_id, last, done = lease.organization_id, UUID(int=0), 0
    while (source := _next(organization_id, last, file_key_version=None)) is not None:
        if done == AT_ONCE:
            raise Waiting(MORE, seconds=0)
        with tenant(organization_id):
            extend(lease)
        done += _seal_anew(source, now=timezone.now())
        last = source.pk


def count_files(organization_id: UUID) -> int:
    """How many files an organization has in the store."""
    with tenant(organization_id):
        return _files().count()


def reseal_files(organization_id: UUID, version: int) -> Iterator[int]:
    """Seal anew what lies under another data key than `version`; what each lies under now."""
    last = UUID(int=0)
    while (source := _next(organization_id, last)) is not None:
        last = source.pk
        if source.file_key_version == version:
            yield version
            continue
        if not _seal_anew(source, now=timezone.now()):
            continue
        now_under = _version_of(organization_id, source.pk)
        if now_under is not None:
            yield now_under


SEALED_FILES: Final = Elsewhere(name="files", count=count_files, reseal=reseal_files)


def _seal_anew(source: Source, *, now: datetime) -> bool:
    """Write the source's file as a new one, sealed with the data key that seals now.

    One that was replaced meanwhile is left as it is. False if it is gone: nothing is to be sealed.
    """
    old = Kept.of(source)
    place = {"organization_id": old.organization_id, "project_id": old.project_id}
    try:
        opened = files.stream(old)
    except FileNotFoundError:
        return False
    with opened, keeping.kept(files.parts_of(opened), **place, now=now) as new:
        _rename(source, old, new, now)
    return True


def _rename(source: Source, old: Kept, new: Kept, now: datetime) -> None:
    with tenant(old.organization_id):
        named = Source.objects.filter(pk=source.pk, file_id=old.file_id)
        if named.update(file_id=new.file_id, file_key_version=new.key_version):
            keeping.take(new)
            keeping.discard(old.file_id, now=now)


def _next(organization_id: UUID, last: UUID, **wanted: None) -> Source | None:
    with tenant(organization_id):
        return _files().filter(pk__gt=last, **wanted).order_by("id").first()


def _version_of(organization_id: UUID, source_id: UUID) -> int | None:
    with tenant(organization_id):
        versions = Source.objects.filter(pk=source_id).values_list("file_key_version", flat=True)
        return versions.first()


def _files() -> QuerySet[Source]:
    return Source.objects.exclude(kind=Kind.PAGE).filter(file_purged_at=None)
