"""Projects and organizations are deleted a week after somebody has asked for it.

Their doors are closed at once; until then members may look at everything, take it along, and take
the deletion back. What is done when the time has come stands higher up: these are its plans.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format

from askorac.jobs.leases import call_off, enqueue, plan
from askorac.jobs.tasks import wake
from askorac.tenancy.context import tenant
from askorac.tenancy.router import ACCOUNTS

from .models import Organization, Project
from .retention.holds import is_held, lock_holds
from .trail.recording import Actor, Target, record

GRACE: Final = timedelta(days=7)
# The job that ends an organization reads its time without a lock, and then destroys its keys: what
# is taken back has to be written before that.
LAST_MINUTE: Final = timedelta(minutes=1)
END_PROJECT: Final = "project.end"
END_ORGANIZATION: Final = "organization.end"
TELL_PROJECT: Final = "project.tell_end"
TELL_ORGANIZATION: Final = "organization.tell_end"
TOO_LATE: Final = "It is being deleted already: that can't be taken back any more."


def schedule_project(*, project: Project, by: Actor, now: datetime) -> datetime:
    """Close a project for its visitors now, and have it deleted after GRACE; tells when.

    What is to be deleted already keeps its time.
    """
    found = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if found.deletes_at is not None:
        return found.deletes_at
    deletes_at = now + GRACE
    Project.objects.filter(pk=found.pk).update(deletes_at=deletes_at)
    record(
        action="project.deletion_asked",
        target=_target(found),
        by=by,
        now=now,
        deletes_at=deletes_at.isoformat(),
    )
    plan(kind=END_PROJECT, target_id=found.pk, now=now, due_at=deletes_at)
    enqueue(kind=TELL_PROJECT, target_id=found.pk, now=now, wake=wake)
    return deletes_at


def take_back_project(*, project: Project, by: Actor, now: datetime) -> bool:
    """Keep a project after all, and open its doors; False if it is not to be deleted.

    Raises ValidationError once its time has come and no hold stands.
    """
    found = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if found.deletes_at is None:
        return False
    if found.deletes_at <= now and not is_held(found.pk):
        raise ValidationError(TOO_LATE)
    Project.objects.filter(pk=found.pk).update(deletes_at=None)
    call_off(kind=END_PROJECT, target_id=found.pk)
    record(action="project.deletion_taken_back", target=_target(found), by=by, now=now)
    return True


def schedule_organization(*, organization_id: UUID, by: Actor, now: datetime) -> datetime:
    """Close an organization for all visitors now, and have it deleted after GRACE; tells when.

    Call it with no context open, or with the organization's. The job is planned before the time is
    written, on another login: a job that finds no time does nothing. Owners are told after it.
    """
    deletes_at = now + GRACE
    with tenant(organization_id):
        plan(kind=END_ORGANIZATION, target_id=organization_id, now=now, due_at=deletes_at)
    with tenant(organization_id, using=ACCOUNTS):
        organization = _locked()
        if organization.deletes_at is not None:
            return organization.deletes_at
        _set_deletes_at(organization, deletes_at)
        record(
            action="organization.deletion_asked",
            target=Target(kind="organization", id=organization_id, label=organization.name),
            by=by,
            now=now,
            using=ACCOUNTS,
            deletes_at=deletes_at.isoformat(),
        )
    with tenant(organization_id):
        enqueue(kind=TELL_ORGANIZATION, target_id=organization_id, now=now, wake=wake)
    return deletes_at


def take_back_organization(*, organization_id: UUID, by: Actor, now: datetime) -> bool:
    """Keep an organization after all, and open its doors; False if it is not to be deleted.

    Raises ValidationError from a minute before its time on, unless a hold stands: none is lifted
    before this is done.
    """
    with tenant(organization_id):
        is_kept = lock_holds()
        with tenant(organization_id, using=ACCOUNTS):
            organization = _locked()
            if organization.deletes_at is None:
                return False
            is_over = organization.deletes_at <= max(now, timezone.now()) + LAST_MINUTE
            if is_over and not is_kept:
                raise ValidationError(TOO_LATE)
            _set_deletes_at(organization, None)
            record(
                action="organization.deletion_taken_back",
                target=Target(kind="organization", id=organization_id, label=organization.name),
                by=by,
                now=now,
                using=ACCOUNTS,
            )
    with tenant(organization_id):
        call_off(kind=END_ORGANIZATION, target_id=organization_id)
    return True


def closed_now(*, name: str, deletes_at: datetime, is_kept_by_hold: bool) -> str:
    """What whoever has asked for a deletion reads."""
    when = f"{date_format(deletes_at, 'j F Y, H:i')} UTC"
    if is_kept_by_hold:
        when = f"{when}, but not before the hold that stands is lifted"
    return f"“{name}” is closed for visitors now, and will be deleted on {when}."


def _locked() -> Organization:
    """The organization's row; without its key, which the first data key refers to."""
    return Organization.objects.using(ACCOUNTS).select_for_update(no_key=True).get()


def _set_deletes_at(organization: Organization, deletes_at: datetime | None) -> None:
    organization.deletes_at = deletes_at
    organization.save(using=ACCOUNTS, update_fields=["deletes_at"])


def _target(project: Project) -> Target:
    return Target(kind="project", id=project.pk, label=project.name)
