"""Looks at this installation as jobs: asked for by anybody, done by a worker, seldom, and shown.

Anybody may ask, so that who doubts can try. What is asked for while a look is under way, or soon
after one, is answered with that: the looks of all askers together cost one an hour.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from askorac.tenancy.router import ACCOUNTS

from .models import Kind, Run

ANYBODY_EVERY: Final = timedelta(hours=1)
# Owners and admins of organizations, and our staff.
MEMBERS_EVERY: Final = timedelta(minutes=10)
# A run that has not ended by then has lost its worker.
LONGEST: Final = timedelta(minutes=5)
KEPT: Final = 30
LOST: Final = "It did not end: its worker was stopped, or there is none."

Progress = Callable[[int, int], None]
# What a look found: whether all of it held, and what is shown of it.
Look = Callable[[datetime, Progress], tuple[bool, dict[str, Any]]]


def ask(*, kind: Kind, now: datetime, every: timedelta, wake: Callable[[UUID], None]) -> bool:
    """Have a look taken, unless there was one within `every`; False then. `wake` runs after the
    commit."""
    with transaction.atomic(using=ACCOUNTS):
        last = Run.objects.select_for_update().filter(kind=kind).order_by("-asked_at").first()
        if last is not None and (is_under_way(last, now) or last.asked_at > now - every):
            return False
        run = Run.objects.create(kind=kind, asked_at=now)
        transaction.on_commit(lambda: wake(run.pk), using=ACCOUNTS)
    return True


def take(run_id: UUID, *, look: Look) -> None:
    """Take the look that was asked for, and keep what it found; it is taken once."""
    run = Run.objects.filter(pk=run_id, ended_at=None).first()
    if run is None:
        return

    def tell(done: int, total: int) -> None:
        if done % 10 == 0:
            Run.objects.filter(pk=run_id).update(done=done, total=total)

    run.has_held, run.report = look(run.asked_at, tell)
    run.ended_at = timezone.now()
    run.save(update_fields=["has_held", "report", "ended_at"])
    _forget_old(Kind(run.kind))


def keep(*, kind: Kind, asked_at: datetime, has_held: bool, report: dict[str, Any]) -> None:
    """Keep what was found by a look that nobody asked a worker for, like one that was."""
    Run.objects.create(
        kind=kind,
        asked_at=asked_at,
        ended_at=timezone.now(),
        has_held=has_held,
        report=report,
    )
    _forget_old(kind)


def give_up(run_id: UUID, *, reason: str) -> None:
    """Say why a look found nothing."""
    Run.objects.filter(pk=run_id, ended_at=None).update(ended_at=timezone.now(), reason=reason)


def last_run(kind: Kind) -> Run | None:
    """The latest run of a kind, without its report."""
    return Run.objects.filter(kind=kind).order_by("-asked_at").defer("report").first()


def last_found(kind: Kind, *names: str) -> Run | None:
    """The latest run that found something, with these parts of its report under their names."""
    found = Run.objects.filter(kind=kind, has_held__isnull=False).order_by("-asked_at")
    return found.defer("report").annotate(**{name: F(f"report__{name}") for name in names}).first()


def is_under_way(run: Run, now: datetime) -> bool:
    """Whether it has not ended, and may still."""
    return run.ended_at is None and run.asked_at > now - LONGEST


def _forget_old(kind: Kind) -> None:
    kept = Run.objects.filter(kind=kind).order_by("-asked_at").values_list("pk", flat=True)[:KEPT]
    Run.objects.filter(kind=kind).exclude(pk__in=list(kept)).delete()
