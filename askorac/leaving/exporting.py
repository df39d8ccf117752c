"""The job that makes an export, part by part.

Each part is a sealed file in the store and a row, and only the row makes it count. The archive is
its parts, one behind the other: it is never put together anywhere, and none of it is whole in
memory. Who is killed makes the part anew that it was at; what it left in the store is swept.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final
from uuid import UUID, uuid4

from django.db.models import F
from django.utils import timezone

from askorac.jobs.leases import Later, Lease, Waiting, advance, call_off, enqueue, hold, plan
from askorac.jobs.models import Job, State
from askorac.jobs.tasks import wake
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from knowledge.files import StorageAway
from projects.models import Organization
from projects.trail.recording import SYSTEM, record

from . import parts, steps
from .archive import layout
from .archive.zipping import Entry, Piece, ending
from .contents.lines import moment
from .exports import EXPIRE_EXPORT, KEPT_FOR, MAKE_EXPORT, TELL_EXPORT, target_of_export
from .models import Export, ExportPart
from .steps import Position, Step

# After so many, others of the organization come first, and all attempts are left again.
STEPS_AT_ONCE: Final = 50
MORE: Final = "The export goes on."
STORE_AWAY: Final = "Files can't be kept right now. The export goes on by itself in a minute."
STORE_SECONDS: Final = 60.0
STILL_MADE: Final = "The export is still being made."
_COUNTED: Final = ("sources", "documents", "chunks", "conversations", "turns")
_PARTS_AT_ONCE: Final = 20


def make_export(lease: Lease) -> None:
    """The job: make what is left of an export, some parts at a time.

    Raises Waiting while there is more, Later while the store is away, KeyRevoked, KeysAway,
    LeaseLost.
    """
    for _ in range(STEPS_AT_ONCE):
        keyrings.warm(lease.organization_id)
        with tenant(lease.organization_id):
            export = Export.objects.filter(pk=lease.target_id, is_expired=False).first()
        if export is None or export.ready_at is not None:
            return
        try:
            _go_on(lease, export)
        except StorageAway:
            raise Later(STORE_AWAY, seconds=STORE_SECONDS) from None
    raise Waiting(MORE, seconds=0)


def expire_export(lease: Lease) -> None:
    """The job: let an archive go, its keys first. Raises Waiting before its time."""
    now = timezone.now()
    with tenant(lease.organization_id):
        export = Export.objects.select_for_update().filter(pk=lease.target_id).first()
        if export is None:
            return
        if not export.is_expired:
            _wait_for(export, now)
        ExportPart.objects.filter(export_id=export.pk).delete()
        Export.objects.filter(pk=export.pk, is_expired=False).update(is_expired=True)
    parts.remove_folder(parts.folder_of(lease.organization_id, lease.target_id))


def parts_of(export: Export) -> list[ExportPart]:
    """The parts of an export in order, without what is in them; in the open context."""
    rows = ExportPart.objects.filter(export_id=export.pk).order_by("number")
    return list(rows.defer("entries"))


def _go_on(lease: Lease, export: Export) -> None:
    if export.stage == "":
        _begin(lease, export)
        return
    with tenant(lease.organization_id):
        number = ExportPart.objects.filter(export_id=export.pk).count()
    if export.stage == "ending":
        _end(lease, export, number)
        return
    step = steps.step_at(export, number)
    if isinstance(step, Position):
        with tenant(lease.organization_id):
            hold(lease)
            _move(export, step)
        return
    _make_part(lease, export, number, step)


def _begin(lease: Lease, export: Export) -> None:
    with tenant(lease.organization_id):
        hold(lease)
        row = Export.objects.filter(pk=export.pk)
        row.update(total=steps.count_all(), stage="organization", project_at=None, after="")


def _move(export: Export, to: Position, **more: Any) -> None:
    Export.objects.filter(pk=export.pk).update(
        stage=to.stage, project_at=to.project_id, after=to.after, **more
    )


def _make_part(lease: Lease, export: Export, number: int, step: Step) -> None:
    """Write a part, and let it count if all of it is still so; else it is made anew."""
    part = ExportPart(id=uuid4(), export_id=export.pk, number=number)
    part.key = parts.new_key()  # closed at once
    name = parts.name_of(export.organization_id, export.pk, part.pk)
    parts.write(name, step.write(), key=part.key.open())
    with tenant(lease.organization_id):
        hold(lease)
        if not _goes_on(export) or not step.holds():
            return
        _keep(part, step.piece.size, step.piece.entries)
        _move(
            export,
            step.following,
            done=F("done") + step.count,
            size_bytes=F("size_bytes") + step.piece.size,
        )
        advance(lease, done=export.done + step.count, total=export.total)


def _goes_on(export: Export) -> bool:
    """Whether it was not ended meanwhile; who wants to end it waits for this transaction."""
    there = Export.objects.select_for_update().filter(pk=export.pk, is_expired=False)
    return there.exists()


def _keep(part: ExportPart, size: int, entries: Sequence[Entry]) -> None:
    part.size_bytes = size
    part.entries = [entry.stored() for entry in entries]
    part.save(force_insert=True)


def _end(lease: Lease, export: Export, number: int) -> None:
    """Write the manifest and the archive's directory, and say that it is there."""
    part, piece, now = (
        ExportPart(id=uuid4(), export_id=export.pk, number=number),
        Piece(),
        timezone.now(),
    )
    part.key = parts.new_key()  # closed at once
    size = 0

    def write() -> Iterator[bytes]:
        nonlocal size
        begins = export.size_bytes
        for each in chain(
            piece.write(layout.MANIFEST, _manifest(export, now)), _directory(export, piece, begins)
        ):
            size += len(each)
            yield each

    parts.write(
        parts.name_of(export.organization_id, export.pk, part.pk), write(), key=part.key.open()
    )
    with tenant(lease.organization_id):
        hold(lease)
        if not _goes_on(export):
            return
        _keep(part, size, piece.entries)
        _move(
            export,
            Position("ready"),
            ready_at=now,
            expires_at=now + KEPT_FOR,
            size_bytes=export.size_bytes + size,
        )
        record(
            action="export.ready",
            target=target_of_export(),
            by=SYSTEM,
            now=now,
            size_bytes=export.size_bytes + size,
        )
        call_off(kind=EXPIRE_EXPORT, target_id=export.pk)
        plan(kind=EXPIRE_EXPORT, target_id=export.pk, now=now, due_at=now + KEPT_FOR)
        enqueue(kind=TELL_EXPORT, target_id=export.pk, now=now, wake=wake)
    _sweep(export)


def _directory(export: Export, piece: Piece, begins: int) -> Iterator[bytes]:
    """The directory of all parts; begun once the last one's entries are written."""
    own = ((begins, piece.entries),)
    yield from ending(chain(_pieces(export), own), at=begins + piece.size)


def _pieces(export: Export) -> Iterator[tuple[int, list[Entry]]]:
    """What each part holds, and where in the archive it begins; page by page."""
    begins, last = 0, -1
    while True:
        keyrings.warm(export.organization_id)
        with tenant(export.organization_id):
            found = ExportPart.objects.filter(export_id=export.pk, number__gt=last)
            page = list(found.order_by("number")[:_PARTS_AT_ONCE])
        for part in page:
            yield begins, [Entry.restored(stored) for stored in part.entries.open()]
            begins, last = begins + part.size_bytes, part.number
        if len(page) < _PARTS_AT_ONCE:
            return


def _manifest(export: Export, now: datetime) -> Iterator[bytes]:
    """The manifest, line by line. Files of sources are told by the sources' own rows."""
    counts: Counter[str] = Counter()
    for _, entries in _pieces(export):
        for entry in entries:
            kind = entry.name.rpartition("/")[2].partition("-")[0]
            if kind in _COUNTED and entry.rows is not None:
                counts[kind] += entry.rows
    with tenant(export.organization_id):
        organization = Organization.objects.get()
    head = {
        "format": layout.FORMAT,
        "version": layout.VERSION,
        "made_at": moment(now),
        "organization": {"id": str(organization.pk), "name": organization.name},
        "counts": {kind: counts[kind] for kind in _COUNTED},
    }
    yield json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}").encode()
    yield b',\n "files": ['
    mark = "\n  "
    for _, entries in _pieces(export):
        for entry in entries:
            if "/files/" not in entry.name:
                told = {"path": entry.name, "sha256": entry.sha256, "bytes": entry.size}
                if entry.rows is not None:
                    told["rows"] = entry.rows
                yield f"{mark}{json.dumps(told)}".encode()
                mark = ",\n  "
    yield b"\n ]\n}\n"


def _sweep(export: Export) -> None:
    """Take away what was written and does not count."""
    sweep_folder(export.organization_id, export.pk)


def sweep_folder(organization_id: UUID, export_id: UUID) -> int:
    """Delete the files of an export that no row names; returns how many."""
    with tenant(organization_id):
        rows = ExportPart.objects.filter(export_id=export_id)
        named = {str(pk) for pk in rows.values_list("id", flat=True)}
    folder = parts.folder_of(organization_id, export_id)
    left = [name for name in parts.names_in(folder) if name not in named]
    for name in left:
        parts.remove(f"{folder}/{name}")
    return len(left)


def _wait_for(export: Export, now: datetime) -> None:
    """One that is ready goes at its time; one that never became so, when nobody works on it."""
    if export.expires_at is not None and export.expires_at > now:
        raise Waiting(STILL_MADE, seconds=(export.expires_at - now).total_seconds())
    working = Job.objects.filter(kind=MAKE_EXPORT, target_id=export.pk)
    if working.filter(state__in=[State.QUEUED, State.PROCESSING]).exists():
        raise Waiting(STILL_MADE, seconds=timedelta(days=1).total_seconds())
