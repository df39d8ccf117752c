"""Asking for work, taking it under a lease, and ending it. All inside an organization's context."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import OperationalError, connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from askorac.tenancy.context import require, tenant
from askorac.web.logs import LogEvent, log

from . import heartbeat
from .models import Job, State

LEASE = timedelta(seconds=30)
HEARTBEAT_SECONDS = 8.0
HAND_ON_AFTER = timedelta(seconds=15)
WOKEN = timedelta(seconds=30)  # a job that was handed on is due again within this time
_MOST_COUNTED = 50

# (organization, job, how many others of the organization are before it)
Wake = Callable[[UUID, UUID, int], None]

GAVE_UP = "This stopped the worker {attempts} times. Nothing was lost; retry it, or remove it."


class LeaseLost(Exception):
    """Another worker has the job now: stop, and write nothing."""


class Failed(Exception):
    """The work can't succeed as it is; the message says what a person can do about it."""


class Later(Exception):
    """The work can't be done now; try again after so many seconds."""

    def __init__(self, reason: str, *, seconds: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


class Waiting(Later):
    """The work goes on after something else has happened. All attempts are left to it then."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a job until it expires; `fence` is this holder's number."""

    organization_id: UUID
    job_id: UUID
    kind: str
    target_id: UUID
    fence: int
    attempt: int
    is_last: bool


def enqueue(
    *,
    kind: str,
    target_id: UUID,
    now: datetime,
    wake: Wake,
    restarts: bool = False,
) -> Job:
    """Ask for work on a target, or ask again; `wake` runs after the commit.

    Work that goes on is left alone, unless the target has changed under it: `restarts` takes it
    from its worker, who then writes nothing more, and has it done from the start.
    """
    job, is_new = Job.objects.get_or_create(
        organization_id=require().organization_id,
        kind=kind,
        target_id=target_id,
        defaults={"due_at": now + HAND_ON_AFTER, "created_at": now},
    )
    if not is_new:
        asked = Job.objects.filter(pk=job.pk)
        (asked if restarts else asked.exclude(state=State.PROCESSING)).update(
            state=State.QUEUED,
            reason="",
            attempts=0,
            done=0,
            total=0,
            lease_expires_at=None,
            due_at=now + HAND_ON_AFTER,
            finished_at=None,
        )
    ahead = ahead_of(job.pk, now=now)
    transaction.on_commit(lambda: wake(job.organization_id, job.pk, ahead))
    return job


def ahead_of(job_id: UUID, *, now: datetime) -> int:
    """How many other jobs of the organization are under way or were handed on lately, up to 50."""
    others = Job.objects.filter(state__in=[State.QUEUED, State.PROCESSING]).exclude(pk=job_id)
    taken = Q(state=State.PROCESSING) | Q(due_at__gt=now, due_at__lte=now + WOKEN)
    return others.filter(taken)[:_MOST_COUNTED].count()


def plan(*, kind: str, target_id: UUID, now: datetime, due_at: datetime) -> None:
    """Have work on a target done at a later time, unless it is called off before.

    What is planned already, or under way, stays as it is.
    """
    asked = Job.objects.filter(kind=kind, target_id=target_id)
    asked.filter(state__in=[State.READY, State.FAILED]).delete()
    Job.objects.get_or_create(
        organization_id=require().organization_id,
        kind=kind,
        target_id=target_id,
        defaults={"due_at": due_at, "created_at": now},
    )


def call_off(*, kind: str, target_id: UUID) -> bool:
    """Undo a plan; False if the work has begun, or is done."""
    planned = Job.objects.filter(kind=kind, target_id=target_id, state=State.QUEUED)
    return planned.delete()[0] > 0


def claim(job_id: UUID, *, now: datetime) -> Lease | None:
    """Take a job that is queued or whose holder has gone silent; None if there is nothing to take.

    A job whose attempts are used up is failed here, with a reason.
    """
    free = Q(state=State.QUEUED) | Q(state=State.PROCESSING, lease_expires_at__lt=now)
    spent = Job.objects.filter(free, pk=job_id, attempts__gte=F("max_attempts")).first()
    if spent is not None:
        _end(spent.pk, spent.fence, State.FAILED, GAVE_UP.format(attempts=spent.attempts))
        return None
    taken = Job.objects.filter(free, pk=job_id).update(
        state=State.PROCESSING,
        attempts=F("attempts") + 1,
        fence=F("fence") + 1,
        lease_expires_at=now + LEASE,
        reason="",
    )
    if not taken:
        return None
    job = Job.objects.get(pk=job_id)
    return Lease(
        organization_id=job.organization_id,
        job_id=job.pk,
        kind=job.kind,
        target_id=job.target_id,
        fence=job.fence,
        attempt=job.attempts,
        is_last=job.attempts >= job.max_attempts,
    )


def extend(lease: Lease) -> None:
    """Say that the holder is alive; raises LeaseLost."""
    held = _held(lease).update(lease_expires_at=timezone.now() + LEASE)
    if not held:
        raise LeaseLost


def advance(lease: Lease, *, done: int, total: int) -> None:
    """Record progress; raises LeaseLost."""
    held = _held(lease).update(done=done, total=total, lease_expires_at=timezone.now() + LEASE)
    if not held:
        raise LeaseLost


def hold(lease: Lease) -> None:
    """Lock the job's row until the transaction ends, so that what it writes is written once.

    Raises LeaseLost if another worker has the job.
    """
    if not _held(lease).select_for_update().exists():
        raise LeaseLost


def finish(lease: Lease) -> None:
    """The work is done; raises LeaseLost."""
    _end(lease.job_id, lease.fence, State.READY, "")


def fail(lease: Lease, *, reason: str) -> None:
    """The work can't be done; `reason` says what a person can do. Raises LeaseLost."""
    _end(lease.job_id, lease.fence, State.FAILED, reason)


def postpone(lease: Lease, *, seconds: float, reason: str, is_free: bool = False) -> None:
    """Give the job back, to be handed on after `seconds`; raises LeaseLost.

    With `is_free`, it has all its attempts again.
    """
    given = _held(lease).update(
        state=State.QUEUED,
        reason=reason[:400],
        attempts=0 if is_free else lease.attempt,
        lease_expires_at=None,
        due_at=timezone.now() + timedelta(seconds=seconds),
    )
    if not given:
        raise LeaseLost


@contextmanager
def kept_alive(lease: Lease) -> Iterator[None]:
    """Extend the lease from a thread of its own while the block works outside a transaction."""
    stop = threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(HEARTBEAT_SECONDS):
                _extend_if_reachable(lease)
        except LeaseLost:
            log(LogEvent.JOB_LEASE_LOST, job=lease.job_id, fence=lease.fence)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _extend_if_reachable(lease: Lease) -> None:
    """A lease outlasts three beats, so that a database that is away for a moment costs nothing."""
    heartbeat.beat()
    try:
        with tenant(lease.organization_id):
            extend(lease)
    except OperationalError as error:
        log(LogEvent.JOB_ROW_UNREACHABLE, level=logging.WARNING, job=lease.job_id, broken=error)
        connection.close()


def _held(lease: Lease) -> "models.QuerySet[Job]":
    return Job.objects.filter(pk=lease.job_id, fence=lease.fence, state=State.PROCESSING)


def _end(job_id: UUID, fence: int, state: State, reason: str) -> None:
    ended = Job.objects.filter(pk=job_id, fence=fence).update(
        state=state, reason=reason[:400], lease_expires_at=None, finished_at=timezone.now()
    )
    if not ended:
        raise LeaseLost
