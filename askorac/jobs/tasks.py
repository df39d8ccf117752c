"""The wake-up: Celery carries ids, the job's row says whether there is anything to do."""

import logging
from typing import Final
from uuid import UUID

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from askorac.sealing import KeyRevoked, KeysAway
from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import due_work, is_suspended
from askorac.web.logs import LogEvent, log

from .heartbeat import beat, tick
from .leases import (
    WOKEN,
    Failed,
    Later,
    Lease,
    LeaseLost,
    Waiting,
    ahead_of,
    claim,
    fail,
    finish,
    kept_alive,
    postpone,
)
from .models import Job, State
from .registry import handler_for

BROKE = (
    "Something broke on our side. Nothing was lost; retry it, and write to us if it fails again."
)
RETRY_SECONDS = 5.0
# How soon work goes on once its key is given back.
KEY_SECONDS: Final = 20.0

# (fewer ahead than this, place in the broker's line): of the four places, 0 is served first.
_PLACES: Final = ((2, 0), (8, 3), (32, 6))
_LAST_PLACE: Final = 9


def wake(organization_id: UUID, job_id: UUID, ahead: int = 0) -> None:
    """Tell a worker about a job. If the broker is away, the sweeper does it later.

    The more jobs of its organization are `ahead`, the further back it stands, so that one that
    brings hundreds keeps nobody waiting. The sweeper moves the oldest of each to the front.
    """
    place = next((place for most, place in _PLACES if ahead < most), _LAST_PLACE)
    try:
        run_job.apply_async((str(organization_id), str(job_id)), priority=place, retry=False)
    except OperationalError as error:
        log(LogEvent.WAKE_UP_FAILED, level=logging.WARNING, job=job_id, broken=error)


@shared_task(name="jobs.run_job", ignore_result=True)  # type: ignore[untyped-decorator]  # Celery has no types
def run_job(organization_id: str, job_id: str) -> None:
    """Do one job if it is free; do nothing otherwise. A suspended organization's jobs wait."""
    with tenant(UUID(organization_id)):
        lease = None if is_suspended() else claim(UUID(job_id), now=timezone.now())
    if lease is None:
        return
    try:
        with kept_alive(lease):
            _work(lease)
    except LeaseLost:
        log(LogEvent.JOB_LEASE_LOST, job=lease.job_id, fence=lease.fence)


@shared_task(name="jobs.sweep", ignore_result=True)  # type: ignore[untyped-decorator]  # Celery has no types
def sweep() -> None:
    """Hand on what nobody has taken: the broker lost it, its worker died, or its time has come."""
    beat()
    tick()
    now = timezone.now()
    for organization_id, job_id in due_work(200):
        with tenant(organization_id):
            Job.objects.filter(pk=job_id, state=State.QUEUED).update(due_at=now + WOKEN)
            ahead = ahead_of(job_id, now=now)
        wake(organization_id, job_id, ahead)


def _work(lease: Lease) -> None:
    try:
        handler_for(lease.kind)(lease)
    except Failed as error:
        log(LogEvent.JOB_FAILED, job=lease.job_id, attempt=lease.attempt)
        with tenant(lease.organization_id):
            fail(lease, reason=str(error))
    except (KeyRevoked, KeysAway) as fault:
        # Its own sentence is for who runs the key service: it may name its keys and addresses.
        _wait(lease, seconds=KEY_SECONDS, reason=fault.default_sentence)
    except Waiting as error:
        _wait(lease, seconds=error.seconds, reason=error.reason)
    except Later as error:
        _give_back(lease, seconds=error.seconds, reason=error.reason)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - whatever broke, the row must say so
        log(LogEvent.JOB_BROKE, level=logging.ERROR, job=lease.job_id, broken=error)
        _give_back(lease, seconds=RETRY_SECONDS * lease.attempt, reason=BROKE)
    else:
        with tenant(lease.organization_id):
            finish(lease)


def _wait(lease: Lease, *, seconds: float, reason: str) -> None:
    with tenant(lease.organization_id):
        postpone(lease, seconds=seconds, reason=reason, is_free=True)


def _give_back(lease: Lease, *, seconds: float, reason: str) -> None:
    with tenant(lease.organization_id):
        if lease.is_last:
            fail(lease, reason=reason)
        else:
            postpone(lease, seconds=seconds, reason=reason)
