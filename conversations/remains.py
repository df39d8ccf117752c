"""What Redis holds of answers and visitors beside the rows: it goes with them, and is looked for.

All of it goes by itself within minutes, too. These block: they are for who has no event loop.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from redis import RedisError

from askorac.jobs.leases import Later
from askorac.jobs.models import Job, State
from askorac.tenancy.context import tenant
from askorac.web.logs import LogEvent, log
from projects.holdings import Strays, Swept
from projects.models import Project

from .finding import FIND_WORDS
from .limits import visitor_key
from .models import Turn
from .replay import STREAMS, blocking_client, stream_name

AWAY = "Redis does not answer; whether it holds remains is looked at again."


def forget_visitor(project_id: UUID, visitor_id: UUID) -> None:
    """Take away how often a visitor has asked in the last minute."""
    _unlink([visitor_key(project_id, visitor_id)])


def forget_answers(organization_id: UUID, turn_ids: Iterable[UUID]) -> None:
    """Take away what turns have said, once their rows are gone."""
    _unlink([stream_name(organization_id, each) for each in turn_ids])


def sweep_answers(organization_id: UUID, now: datetime) -> Swept:
    """Look whether Redis holds what a turn has said that is gone, and take it away.

    Raises Later if it can't be asked.
    """
    try:
        kept = _turns_kept(organization_id)
    except RedisError:
        raise Later(AWAY, seconds=60) from None
    with tenant(organization_id):
        gone = kept - set(Turn.objects.filter(pk__in=kept).values_list("pk", flat=True))
    forget_answers(organization_id, gone)
    return Swept(looked_at=len(kept), left=len(gone), removed=len(gone))


def _organizations() -> set[UUID]:
    """Those that Redis holds answers of. Raises RedisError."""
    with blocking_client() as client:
        names = client.scan_iter(f"{STREAMS}*", 1_000)
        return {UUID(name.removeprefix(STREAMS).partition(":")[0]) for name in names}


def _remove_organization(organization_id: UUID) -> int:
    """Take away all answers of an organization that is gone."""
    kept = _turns_kept(organization_id)
    forget_answers(organization_id, kept)
    return len(kept)


STRAY_ANSWERS: Final = Strays(_organizations, _remove_organization)


def sweep_jobs(organization_id: UUID, now: datetime) -> Swept:
    """Take away the jobs of projects that are gone."""
    with tenant(organization_id):
        jobs = Job.objects.filter(kind=FIND_WORDS)
        looked_at = jobs.count()
        gone = jobs.exclude(target_id__in=Project.objects.values("pk"))
        removed, _ = gone.exclude(state=State.PROCESSING).delete()
    return Swept(looked_at=looked_at, left=removed, removed=removed)


def _turns_kept(organization_id: UUID) -> set[UUID]:
    prefix = stream_name(organization_id)
    with blocking_client() as client:
        return {UUID(name.removeprefix(prefix)) for name in client.scan_iter(f"{prefix}*", 1_000)}


def _unlink(keys: list[str]) -> None:
    """What can't be taken away now goes by itself."""
    if not keys:
        return
    try:
        with blocking_client() as client:
            client.unlink(*keys)
    except RedisError as error:
        log(LogEvent.REPLAY_UNREACHABLE, level=logging.WARNING, broken=error)
