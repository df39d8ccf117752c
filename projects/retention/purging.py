"""The purge: what rules make go is erased, batch by batch, by a job that comes back each hour.

Each batch is a transaction of its own that holds the job, looks for holds, and counts what it has
erased into the run. Who is killed goes on with what is left, and the receipt counts nothing twice.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from askorac.jobs.leases import Lease, Waiting, hold
from askorac.jobs.models import Job, State
from askorac.signing import live
from askorac.tenancy.context import require, tenant
from projects import receipts
from projects.holdings import Due, Holding, holdings
from projects.models import Content, Project, PurgeRun
from projects.trail.recording import SYSTEM, Target, record

from .holds import is_held
from .rules import PURGE, Rule, due_before, first_purge_at, next_purge_at, rules_of

BATCH: Final = 500
PURGED: Final = "retention.purged"
NEXT: Final = "The next purge comes at its time."


@dataclass(frozen=True, slots=True)
class Preview:
    """What would go of one content with the first purge, if its rule were this one."""

    content: Content
    rule: Rule
    due: Due
    is_held: bool


@dataclass(frozen=True, slots=True)
class Previews:
    """What would go by rules with the first purge by them, which is due at `purge_at`: None if
    nothing ever goes by them."""

    purge_at: datetime | None
    contents: list[Preview]

    @property
    def total(self) -> int:
        """How much would go in sum."""
        return sum(each.due.count for each in self.contents)

    @property
    def is_held(self) -> bool:
        """Whether a hold keeps some of it for now."""
        return any(each.is_held for each in self.contents)


def purge(lease: Lease) -> None:
    """The job: erase what is due, give the receipt, and come back. Ends once no rule is left."""
    organization_id = lease.organization_id
    for holding, project_id in _places(organization_id):
        while _purge_some(lease, holding, project_id, timezone.now()):
            pass
    live.warm()
    with tenant(organization_id):
        hold(lease)
        finish_run(now=timezone.now())
        next_at = next_purge_at(now=timezone.now())
    if next_at is not None:
        raise Waiting(NEXT, seconds=max((next_at - timezone.now()).total_seconds(), 1.0))


def purge_batch(holding: Holding, project_id: UUID | None, *, now: datetime) -> bool:
    """Erase one batch of what is due of a content in a project, and count it; False once there is
    nothing, or a hold stands. In the open context, in one transaction."""
    ruled = rules_of(project_id)[holding.content]
    before = ruled.before(now)
    if before is None or is_held(project_id):
        return False
    counts = holding.purge(project_id, before, now, BATCH)
    if not counts:
        return False
    _count(counts, _described(holding.content, ruled.rule, project_id), now)
    return True


def finish_run(*, now: datetime) -> None:
    """Close the run that is open, if any, with its receipt, in the open context."""
    run = PurgeRun.objects.select_for_update().filter(finished_at=None).first()
    if run is None:
        return
    run.finished_at = now
    run.save(update_fields=["finished_at"])
    receipts.give(kind=PURGED, counts=run.counts, rule="retention", now=now, rules=run.rules)
    target = Target(kind="organization", id=require().organization_id)
    record(action=PURGED, target=target, by=SYSTEM, now=now, **run.counts)


def preview(*, wanted: dict[Content, Rule], project: Project | None, now: datetime) -> Previews:
    """What would go by these rules, of one project or of all that have no rule of their own.

    Counted as of the first purge by them: what is young now may be due by then.
    """
    project_id = None if project is None else project.pk
    purge_at = first_purge_at(wanted=wanted, project_id=project_id, now=now)
    seen = [
        _previewed(holding, wanted[holding.content], project, purge_at or now)
        for holding in holdings()
        if holding.content in wanted
    ]
    return Previews(purge_at, seen)


def last_run() -> PurgeRun | None:
    """The latest purge that erased anything and is done."""
    return PurgeRun.objects.exclude(finished_at=None).order_by("-finished_at").first()


def planned_at() -> datetime | None:
    """When the next purge is due; None if no rule makes anything go."""
    job = Job.objects.filter(kind=PURGE, target_id=require().organization_id).first()
    if job is None or job.state not in {State.QUEUED, State.PROCESSING}:
        return None
    return job.due_at


def _purge_some(lease: Lease, holding: Holding, project_id: UUID | None, now: datetime) -> bool:
    live.warm()
    with tenant(lease.organization_id):
        hold(lease)
        return purge_batch(holding, project_id, now=now)


def _places(organization_id: UUID) -> list[tuple[Holding, UUID | None]]:
    with tenant(organization_id):
        projects = list(Project.objects.order_by("id").values_list("id", flat=True))
    return [
        (holding, project_id)
        for holding in holdings()
        for project_id in ([None] if holding.content == Content.AUDIT else projects)
    ]


def _count(counts: Any, rule: dict[str, str], now: datetime) -> None:
    run, _ = PurgeRun.objects.get_or_create(
        organization_id=require().organization_id, finished_at=None, defaults={"started_at": now}
    )
    run.counts = dict(Counter(run.counts) + Counter(counts))
    if rule not in run.rules:
        run.rules = [*run.rules, rule]
    run.save(update_fields=["counts", "rules"])


def _described(content: Content, rule: Rule, project_id: UUID | None) -> dict[str, str]:
    described = {"content": str(content), "keep": rule.name}
    return described if project_id is None else {**described, "project_id": str(project_id)}


def _previewed(holding: Holding, rule: Rule, project: Project | None, at: datetime) -> Preview:
    content, before = holding.content, due_before(rule, at)
    if before is None:
        return Preview(content, rule, Due(0, None), is_held=False)
    found = {each: holding.due(each, before) for each in _reached(content, project)}
    oldest = [due.oldest for due in found.values() if due.oldest is not None]
    total = Due(sum(due.count for due in found.values()), min(oldest, default=None))
    kept = any(is_held(project_id) for project_id, due in found.items() if due.count)
    return Preview(content, rule, total, is_held=kept)


def _reached(content: Content, project: Project | None) -> list[UUID | None]:
    """Where a rule would hold: in its project, or wherever there is none of a project's own."""
    if content == Content.AUDIT:
        return [None]
    if project is not None:
        return [project.pk]
    own = Project.objects.filter(retentionrule__content=content)
    return list(Project.objects.exclude(pk__in=own.values("pk")).values_list("id", flat=True))
