"""What a worker does for the evidence."""

import logging
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from askorac.sealing import SealFault
from askorac.web.logs import LogEvent, log

from .isolation.decoys import AnotherRuns, NotRemoved
from .isolation.proof import NoStaffLogin, prove
from .models import Kind
from .outside import look_from_outside
from .runs import ANYBODY_EVERY, Progress, ask, give_up, take

BROKE: Final = "It broke off. The log of the worker says where."
NO_KEYS: Final = "The key service did not answer."


def wake(run_id: UUID, kind: Kind) -> None:
    """Have a worker take a look; without a broker nobody does, and the page says so."""
    try:
        take_look.apply_async((str(run_id), str(kind)), retry=False)
    except OperationalError as error:
        log(LogEvent.WAKE_UP_FAILED, level=logging.WARNING, broken=error)


@shared_task(name="evidence.take_look", ignore_result=True)  # type: ignore[untyped-decorator]  # Celery has no types
def take_look(run_id: str, kind: str) -> None:
    """Take the look that was asked for; whatever comes of it is kept."""
    looks = {Kind.ISOLATION: _isolation, Kind.OUTSIDE: _outside}
    try:
        take(UUID(run_id), look=looks[Kind(kind)])
    except (AnotherRuns, NoStaffLogin, NotRemoved) as error:
        give_up(UUID(run_id), reason=str(error))
    except SealFault:
        give_up(UUID(run_id), reason=NO_KEYS)
    except Exception as error:  # noqa: BLE001 - whatever broke, the page must say that it did
        log(LogEvent.EVIDENCE_BROKE, level=logging.ERROR, broken=error)
        give_up(UUID(run_id), reason=BROKE)


@shared_task(name="evidence.look_daily", ignore_result=True)  # type: ignore[untyped-decorator]  # Celery has no types
def look_daily() -> None:
    """Take every look once a day, also when nobody asks."""
    for kind in Kind:
        ask_for(kind)


def ask_for(kind: Kind) -> bool:
    """Have a look taken, as anybody may."""
    return ask(
        kind=kind,
        now=timezone.now(),
        every=ANYBODY_EVERY,
        wake=lambda run_id: wake(run_id, kind),
    )


def _isolation(at: datetime, progress: Progress) -> tuple[bool, dict[str, Any]]:
    proof = prove(now=at, progress=progress)
    return proof.has_held, proof.as_json()


def _outside(at: datetime, progress: Progress) -> tuple[bool, dict[str, Any]]:
    return look_from_outside(settings.PUBLIC_URL, now=at)
