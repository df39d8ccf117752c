"""How often keys are used, hour by hour: counted in memory, kept in rows, written into the trail.

A question would pay for an event of its own. So each process counts, and adds what it has counted
to rows every ten seconds; when an hour is over, one event a key and project says how often it was
used in it, and the rows go. A process that ends loses what it counted in its last ten seconds: at
its end the database may be gone, and nothing waits for that.
"""

import logging
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from django.db import DatabaseError, IntegrityError, OperationalError, connections
from django.db.models import F

from askorac.sealing import Tampered
from askorac.tenancy.chain import unwritten_uses
from askorac.tenancy.context import tenant
from askorac.web.logs import LogEvent, log

from ..models import KeyUse
from .places import find_places
from .recording import SYSTEM, Target, record

FLUSH_SECONDS: Final = 10.0
MOST_ORGANIZATIONS: Final = 10_000
_NAMES: Final = UUID("6f1d2f0e-0d4f-4a53-9a5e-51f7c1f0a3c4")


@dataclass(frozen=True, slots=True)
class Use:
    """Of one key, in one project or in none, in one hour."""

    organization_id: UUID
    kind: str
    key_id: UUID
    project_id: UUID | None
    hour: datetime

    @property
    def row_id(self) -> UUID:
        """The same for all processes that count it."""
        return uuid5(_NAMES, f"{self.kind}:{self.key_id}:{self.project_id}:{self.hour:%Y%m%d%H}")


_lock = threading.Lock()
_flushing = threading.Lock()
_counted: Counter[Use] = Counter()
_thread: threading.Thread | None = None


def count(
    *, organization_id: UUID, kind: str, key_id: UUID, project_id: UUID | None, now: datetime
) -> None:
    """A key was used once: an `api_key` for a request, a `provider_key` for a question or a batch
    of texts. Costs no statement."""
    global _thread
    use = Use(organization_id, kind, key_id, project_id, hour_of(now))
    with _lock:
        _counted[use] += 1
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_keep_flushing, name="uses", daemon=True)
            _thread.start()


def flush() -> None:
    """Add what this process has counted to the rows; when it returns, what was counted before is
    there, whichever thread has added it. No context is open."""
    with _flushing:
        _flush()


def _flush() -> None:
    with _lock:
        counted = dict(_counted)
        _counted.clear()
    try:
        for organization_id in {use.organization_id for use in counted}:
            mine = {u: n for u, n in counted.items() if u.organization_id == organization_id}
            if _is_added(organization_id, mine):
                for use in mine:
                    del counted[use]
    except OperationalError:
        pass  # none of the others would be reached, either
    finally:
        with _lock:
            _counted.update(counted)  # what is left, the next time


def _is_added(organization_id: UUID, counted: dict[Use, int]) -> bool:
    """Whether nothing of one organization's is left to add. Raises OperationalError."""
    try:
        with tenant(organization_id):
            for use, number in sorted(counted.items(), key=lambda each: each[0].row_id.int):
                _add(use, number)
    except IntegrityError:
        return True  # it is gone, and its trail with it
    except OperationalError:
        raise
    except DatabaseError:
        return False
    return True


def write_hours(*, now: datetime) -> None:
    """Write the hours that are over into the trails of whose keys were used. No context is open.

    One organization whose trail can't be written holds no other's up; its rows wait.
    """
    before = hour_of(now)
    for organization_id in unwritten_uses(before, MOST_ORGANIZATIONS):
        try:
            _write_hours_of(organization_id, before, now)
        except Tampered as error:
            log(
                LogEvent.SEAL_TAMPERED,
                level=logging.ERROR,
                organization=organization_id,
                broken=error,
            )


def _write_hours_of(organization_id: UUID, before: datetime, now: datetime) -> None:
    with tenant(organization_id):
        over = KeyUse.objects.select_for_update().filter(hour__lt=before)
        for row in over.order_by("hour", "id"):
            _write(row, now)
            row.delete()


def hour_of(moment: datetime) -> datetime:
    """When the hour began."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _write(row: KeyUse, now: datetime) -> None:
    project = {"project": str(row.of_project)} if row.of_project else {}
    target = Target(kind=row.kind, id=row.key_id, label=_label(row))
    record(
        action=f"{row.kind}.used",
        target=target,
        by=SYSTEM,
        now=now,
        count=row.count,
        since=row.hour.isoformat(),
        until=(row.hour + timedelta(hours=1)).isoformat(),
        **project,
    )


def _label(row: KeyUse) -> str:
    """What the key is called now; nothing if it is gone."""
    place = find_places([row.key_id]).get(row.key_id)
    return place.label if place else ""


def _add(use: Use, number: int) -> None:
    rows = KeyUse.objects.filter(pk=use.row_id)
    if rows.update(count=F("count") + number):
        return
    _, is_new = KeyUse.objects.get_or_create(
        pk=use.row_id,
        defaults={
            "kind": use.kind,
            "key_id": use.key_id,
            "of_project": use.project_id,
            "hour": use.hour,
            "count": number,
        },
    )
    if not is_new:
        rows.update(count=F("count") + number)


def _keep_flushing() -> None:
    while True:
        time.sleep(FLUSH_SECONDS)
        _flush_here()


def _flush_here() -> None:
    try:
        flush()
    finally:
        connections.close_all()  # this thread's, back to Django's pools


def _start_anew() -> None:
    """In a forked child: the thread stays behind, and what the parent counted is the parent's."""
    global _lock, _flushing, _thread
    _lock, _flushing, _thread = threading.Lock(), threading.Lock(), None
    _counted.clear()


os.register_at_fork(after_in_child=_start_anew)
