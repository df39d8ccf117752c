"""The job that brings an archive in: looked at as a whole first, then made, part by part.

What is made has ids that follow from the import's, so that a worker that goes on finds it. If it
can't be brought to its end, all projects that it made go again: nothing stays half.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError
from django.utils import timezone
from django.utils.formats import date_format

from askorac.jobs.leases import Failed, Later, Lease, LeaseLost, advance, enqueue, hold
from askorac.jobs.tasks import wake
from askorac.sealing import KeyRevoked, KeysAway, keyrings
from askorac.tenancy.context import tenant
from keys.clients import ProviderFault
from knowledge.files import StorageAway
from projects.lifecycle import delete_project
from projects.models import Project
from projects.trail.recording import SYSTEM, Target, record

from . import checking, parts
from .archive.reading import Archive, BadArchive
from .imports import TELL_IMPORT
from .making.projects import make_rules, new_project
from .making.sources import make_sources
from .making.talks import find_words, make_conversations
from .making.work import Making
from .models import Import

DAMAGED: Final = "The archive contradicts itself: what is in it can't be kept. Nothing of it was."
UNUSABLE: Final = "A project of the archive can't be kept: {why}"
STORE_AWAY: Final = "Files can't be kept right now."
DOUBLED: Final = (
    "“{name}” was brought in before, on {when} UTC. It is here twice now; delete the one that you"
    " don't want."
)
PAUSE_SECONDS: Final = 20.0
TRIED: Final = "The import was given up: {why} What it had made is removed; start it again."


def make_import(lease: Lease) -> None:
    """The job: look at an archive, and make what is in it.

    Raises Failed for an archive that can't be brought in, Later while a provider or the store is
    away, KeyRevoked, KeysAway, LeaseLost.
    """
    keyrings.warm(lease.organization_id)
    with tenant(lease.organization_id):
        row = Import.objects.filter(pk=lease.target_id, finished_at=None).first()
        key = row.key.open() if row else b""
    if row is None:
        return
    name = parts.name_of(lease.organization_id, row.pk, row.pk)
    try:
        with parts.read(name, key=key, size=row.size_bytes) as file:
            _bring_in(lease, row, Archive(file))
    except BadArchive as error:
        _undo(lease, row)
        raise Failed(error.sentence) from None
    except ValidationError as error:
        _undo(lease, row)
        raise Failed(UNUSABLE.format(why=" ".join(error.messages))) from None
    except (IntegrityError, DataError):
        _undo(lease, row)
        raise Failed(DAMAGED) from None
    except (ProviderFault, StorageAway) as error:
        why = error.sentence if isinstance(error, ProviderFault) else STORE_AWAY
        if not lease.is_last:
            raise Later(why, seconds=PAUSE_SECONDS) from None
        _undo(lease, row)
        raise Failed(TRIED.format(why=why)) from None
    except (KeyRevoked, KeysAway, LeaseLost):
        raise
    except Exception:  # whatever broke goes on, and leaves nothing half behind at the end
        if lease.is_last:
            _undo(lease, row)
        raise
    parts.remove_folder(parts.folder_of(lease.organization_id, row.pk))


def _bring_in(lease: Lease, row: Import, archive: Archive) -> None:
    if row.stage in {"", "checking"}:
        _note(lease, row, stage="checking", total=2 * len(archive.names), done=0)
        checking.check(archive, lambda done: _note(lease, row, done=done))
    making = Making(lease, row, archive, SYSTEM)
    places = checking.places(archive)
    done = len(archive.names)
    _note(lease, row, stage="making", total=2 * done, done=done)
    for index, place in enumerate(places):
        project = _project(making, place, index)
        for number in place.sources:
            make_sources(making, place, number, project)
            _note(lease, row, done=(done := done + 5))
        for number in place.conversations:
            make_conversations(making, place, number, project)
            _note(lease, row, done=(done := done + 2))
        find_words(making, project.pk)
    _finish(making, places)


def _project(making: Making, place: checking.Place, index: int) -> Project:
    """The project that was made of one of the archive's, or is made now."""
    with tenant(making.organization_id):
        hold(making.lease)
        row = Import.objects.select_for_update().get(pk=making.row.pk)
        if index < len(row.project_ids):
            return Project.objects.get(pk=row.project_ids[index])
        told = checking.project_row(making.archive, place)
        project, remarks = new_project(making, told, now=timezone.now())
        remarks = [*_doubled(row, place.id, project), *remarks]
        row.project_ids = [*row.project_ids, project.pk]
        row.archived_ids = [*(row.archived_ids or ()), place.id]
        row.remarks = [*(row.remarks.open() or ()), *remarks]
        row.save(update_fields=["project_ids", "archived_ids", "remarks"])
        making.row.project_ids = row.project_ids
    return project


def _doubled(row: Import, archived_id: UUID, project: Project) -> list[str]:
    """That this project of an archive is here already, if an earlier import has brought it in."""
    done = Import.objects.filter(archived_ids__contains=[archived_id], finished_at__isnull=False)
    for earlier in done.exclude(pk=row.pk).order_by("-created_at"):
        index = (earlier.archived_ids or []).index(archived_id)
        if Project.objects.filter(pk=earlier.project_ids[index]).exists():
            when = date_format(earlier.created_at, "j F Y, H:i")
            return [DOUBLED.format(name=project.name, when=when)]
    return []


def _finish(making: Making, places: list[checking.Place]) -> None:
    now = timezone.now()
    with tenant(making.organization_id):
        hold(making.lease)
        row = Import.objects.get(pk=making.row.pk)
        made = {place.id: id_ for place, id_ in zip(places, row.project_ids, strict=True)}
        make_rules(making, made, now=now)
        Import.objects.filter(pk=row.pk).update(finished_at=now, stage="done")
        record(
            action="import.finished",
            target=Target(kind="organization", id=making.organization_id),
            by=SYSTEM,
            now=now,
            count=len(places),
        )
        enqueue(kind=TELL_IMPORT, target_id=row.pk, now=now, wake=wake)


def _note(lease: Lease, row: Import, **values: Any) -> None:
    """How far it is; raises LeaseLost."""
    for name, value in values.items():
        setattr(row, name, value)
    with tenant(lease.organization_id):
        Import.objects.filter(pk=row.pk).update(**values)
        advance(lease, done=row.done, total=max(row.total, 1))


def _undo(lease: Lease, row: Import) -> None:
    """Remove what was made, and the archive; who brought it in is told."""
    now = timezone.now()
    with tenant(lease.organization_id):
        hold(lease)
        remove_made(row.pk, now=now)
        enqueue(kind=TELL_IMPORT, target_id=row.pk, now=now, wake=wake)
    parts.remove_folder(parts.folder_of(lease.organization_id, row.pk))


def remove_made(import_id: UUID, *, now: datetime) -> None:
    """Delete the projects that an import has made, in the open context."""
    made = Import.objects.get(pk=import_id).project_ids
    for project in Project.objects.filter(pk__in=made):
        delete_project(project=project, by=SYSTEM, now=now, rule="import given up")
    Import.objects.filter(pk=import_id).update(project_ids=[])
