"""Rules: which hold, what they are changed to, and up to when what is there falls under them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q

from askorac.jobs.leases import call_off, plan
from askorac.jobs.models import Job, State
from askorac.tenancy.context import require
from projects.models import Content, Keep, Project, RetentionRule
from projects.models.retention import LEAST_AUDIT_DAYS, MOST_DAYS
from projects.receipts import SWEEP
from projects.recurring import hourly_at, nightly_at
from projects.trail.recording import Actor, Target, record

PURGE: Final = "retention.purge"
SESSION_ENDS_AFTER: Final = timedelta(minutes=15)
SESSION_PURGE_EVERY: Final = timedelta(minutes=5)
# Before that, nothing falls under a rule that was changed: a slip can be taken back.
SETTLES_IN: Final = timedelta(minutes=15)
OF_PROJECTS: Final = tuple(content for content in Content if content != Content.AUDIT)

AUDIT_YEAR: Final = f"The audit trail is kept for at least {LEAST_AUDIT_DAYS} days."
AUDIT_WHOLE: Final = "The audit trail is the whole organization's: a project has no rule for it."
NO_SESSION: Final = "Only conversations and visitor data can go at the end of the session."
NO_DAYS: Final = "A number of days goes with a rule of days only."
COUNT_DAYS: Final = f"Give a number of days, from 1 to {MOST_DAYS:,}."


@dataclass(frozen=True, slots=True)
class Rule:
    """For how long: until deleted, for `days`, or until the session ends."""

    keep: Keep = Keep.UNTIL_DELETED
    days: int | None = None

    @classmethod
    def of(cls, row: RetentionRule) -> Self:
        return cls(Keep(row.keep), row.days)

    def __str__(self) -> str:
        if self.keep == Keep.DAYS:
            return f"{self.days:,} day{'' if self.days == 1 else 's'}"
        if self.keep == Keep.SESSION:
            return "until 15 minutes after the visitor has left"
        return "until it is deleted"

    @property
    def name(self) -> str:
        """As receipts have it."""
        return f"{self.days} days" if self.keep == Keep.DAYS else str(self.keep)


@dataclass(frozen=True, slots=True)
class Ruled:
    """The rule that holds for one content somewhere; `is_own` if it was made for that project."""

    content: Content
    rule: Rule
    is_own: bool
    changed_at: datetime | None

    def before(self, now: datetime) -> datetime | None:
        """What was last touched before that is due now; None if nothing is."""
        if self.rule.keep == Keep.UNTIL_DELETED or self.changed_at is None:
            return None
        if now < self.changed_at + SETTLES_IN:
            return None
        return due_before(self.rule, now)


UNRULED: Final = Rule()


def due_before(rule: Rule, now: datetime) -> datetime | None:
    """What was last touched before that falls under a rule; None if nothing ever does."""
    if rule.keep == Keep.DAYS and rule.days is not None:
        return now - timedelta(days=rule.days)
    return now - SESSION_ENDS_AFTER if rule.keep == Keep.SESSION else None


def rules_of(project_id: UUID | None = None) -> dict[Content, Ruled]:
    """The rules that hold in a project, or without one in the organization. One statement."""
    rows = RetentionRule.objects.all()
    return _ruled(list(rows), project_id)


def change_rules(
    *,
    wanted: Mapping[Content, Rule | None],
    project: Project | None,
    by: Actor,
    now: datetime,
) -> bool:
    """Put rules in the place of those that hold; None leaves a project to the organization's.

    What is not named stays. False if nothing was to change. The next purge is planned. Raises
    ValidationError, by content, for rules that can't be.
    """
    check_rules(wanted, is_of_project=project is not None)
    project_id = None if project is None else project.pk
    held = rules_of(project_id)
    changed = [
        content for content, rule in wanted.items() if rule != _own(held[content], project is None)
    ]
    for content in changed:
        _put(content, wanted[content], project_id, now)
    if not changed:
        return False
    record(
        action="retention.changed",
        target=_target(project),
        by=by,
        now=now,
        before=[f"{content}: {held[content].rule}" for content in changed],
        after=[_told(content, wanted[content]) for content in changed],
    )
    plan_purge(now=now)
    return True


def check_rules(wanted: Mapping[Content, Rule | None], *, is_of_project: bool) -> None:
    """Raises ValidationError, by content, for rules that can't be."""
    errors = {
        str(content): fault
        for content, rule in wanted.items()
        if rule is not None and (fault := _fault(content, rule, is_of_project))
    }
    if errors:
        raise ValidationError(errors)


def plan_purge(*, now: datetime) -> datetime | None:
    """Have the next purge done at its time, and a sweep at night, which puts it up again should it
    break; None if no rule makes anything go."""
    organization_id = require().organization_id
    due_at = next_purge_at(now=now)
    if due_at is None:
        call_off(kind=PURGE, target_id=organization_id)
        return None
    plan(kind=PURGE, target_id=organization_id, now=now, due_at=due_at)
    night = nightly_at(organization_id, now)
    plan(kind=SWEEP, target_id=organization_id, now=now, due_at=night)
    planned = Job.objects.filter(kind=PURGE, target_id=organization_id, state=State.QUEUED)
    planned.update(due_at=due_at)
    return due_at


def next_purge_at(*, now: datetime) -> datetime | None:
    """When the purge behind this moment is due: hourly, and every five minutes where something
    goes at the end of a session. None if no rule makes anything go."""
    rows = RetentionRule.objects.exclude(keep=Keep.UNTIL_DELETED).order_by("changed_at")
    keeps = dict(rows.values_list("keep", "changed_at"))
    if not keeps:
        return None
    if Keep.SESSION in keeps:
        return max(now, keeps[Keep.SESSION] + SETTLES_IN) + SESSION_PURGE_EVERY
    return hourly_at(require().organization_id, max(now, max(keeps.values()) + SETTLES_IN))


def first_purge_at(
    *, wanted: Mapping[Content, Rule], project_id: UUID | None, now: datetime
) -> datetime | None:
    """When the first purge by these rules would be due, were they saved at this moment; None if
    nothing ever goes by them."""
    going = {rule.keep for rule in wanted.values()} - {Keep.UNTIL_DELETED}
    if not going:
        return None
    settled = now + SETTLES_IN
    of_place = Q(project_id=project_id) if project_id else Q(project_id__isnull=True)
    staying = RetentionRule.objects.exclude(of_place & Q(content__in=list(wanted)))
    if Keep.SESSION in going or staying.filter(keep=Keep.SESSION).exists():
        return settled + SESSION_PURGE_EVERY
    return hourly_at(require().organization_id, settled)


def _ruled(rows: list[RetentionRule], project_id: UUID | None) -> dict[Content, Ruled]:
    found = {content: Ruled(content, UNRULED, is_own=False, changed_at=None) for content in Content}
    for row in sorted(rows, key=lambda each: each.project_id is not None):
        if row.project_id is None or row.project_id == project_id:
            content = Content(row.content)
            is_own = row.project_id is not None
            found[content] = Ruled(content, Rule.of(row), is_own, row.changed_at)
    return found


def _own(ruled: Ruled, is_organization: bool) -> Rule | None:
    return ruled.rule if is_organization or ruled.is_own else None


def _put(content: Content, rule: Rule | None, project_id: UUID | None, now: datetime) -> None:
    of_place = Q(project_id=project_id) if project_id else Q(project_id__isnull=True)
    rows = RetentionRule.objects.filter(of_place, content=content)
    if rule is None:
        rows.delete()
        # What holds instead has to settle, too: it may take more than what held so far.
        inherited = RetentionRule.objects.filter(content=content, project_id__isnull=True)
        inherited.update(changed_at=now)
        return
    values = {"keep": rule.keep, "days": rule.days, "changed_at": now}
    if not rows.update(**values):
        RetentionRule.objects.create(content=content, project_id=project_id, **values)


def _fault(content: Content, rule: Rule, is_of_project: bool) -> str:
    if content == Content.AUDIT and is_of_project:
        return AUDIT_WHOLE
    if rule.keep == Keep.SESSION and content not in {Content.CONVERSATIONS, Content.VISITORS}:
        return NO_SESSION
    if rule.keep != Keep.DAYS:
        return "" if rule.days is None else NO_DAYS
    if rule.days is None or not 1 <= rule.days <= MOST_DAYS:
        return COUNT_DAYS
    is_too_short = content == Content.AUDIT and rule.days < LEAST_AUDIT_DAYS
    return AUDIT_YEAR if is_too_short else ""


def _told(content: Content, rule: Rule | None) -> str:
    return f"{content}: {'as the organization' if rule is None else rule}"


def _target(project: Project | None) -> Target:
    if project is None:
        return Target(kind="organization", id=require().organization_id)
    return Target(kind="project", id=project.pk, label=project.name)
