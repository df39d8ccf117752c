"""The end of projects and organizations, once their grace period is over.

An organization's keys are destroyed first, so that from then on nothing opens anywhere, backups
included; then its files, and in the last statement every row. Each step may be repeated. What
Redis holds of answers and limits is gone by itself, fifteen minutes after the doors were closed.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils import timezone

from askorac.jobs.leases import Later, Lease, Waiting, enqueue, hold
from askorac.jobs.tasks import wake
from askorac.tenancy import endings
from askorac.tenancy.context import tenant
from keys.destruction import destroy_keys
from projects import receipts
from projects.deletion import GRACE
from projects.holdings import count_everything
from projects.lifecycle import delete_project
from projects.models import ErasureReceipt, Organization, Project
from projects.retention.holds import Held, require_no_hold
from projects.trail.recording import SYSTEM

from . import parts
from .letters import PAUSE_SECONDS, MailAway, attachment_of, owners, send
from .telling import TELL_PROJECT_GONE

ORGANIZATION_DELETED: Final = "organization.deleted"

NOT_YET: Final = "It is deleted when its time has come."
IS_HELD: Final = "A hold keeps this from being deleted. It is looked at again in an hour."
HOLD_SECONDS: Final = 3600.0
RULE: Final = f"asked for, {GRACE.days} days before"
KEYS: Final = ("the data keys of the organization", "its wrapping key")


def end_project(lease: Lease) -> None:
    """Delete a project, its rows by cascade and its files by a job, unless that was taken back.

    Raises Waiting before its time, and while a hold stands.
    """
    now = timezone.now()
    with tenant(lease.organization_id):
        hold(lease)
        project = Project.objects.select_for_update().filter(pk=lease.target_id).first()
        if project is None or project.deletes_at is None:
            return
        _wait_until(project.deletes_at, now)
        _wait_for_holds(project.pk)
        enqueue(kind=TELL_PROJECT_GONE, target_id=project.pk, now=now, wake=wake)
        delete_project(project=project, by=SYSTEM, now=now, rule=RULE)


def end_organization(lease: Lease) -> None:
    """Destroy an organization: its keys, its files, its rows, and this job's with them.

    Owners are told before the last statement, which may be repeated; the letter may come twice
    rather than not at all. Their letter has the receipt, whose row goes, too. Raises Waiting before
    its time and while a hold stands, KeysAway, and Later if no mail goes out.
    """
    now = timezone.now()
    with tenant(lease.organization_id):
        organization = Organization.objects.get()
        if organization.deletes_at is None:
            return
        _wait_until(organization.deletes_at, now)
        _wait_for_holds(None)
        organization.refresh_from_db()  # taken back while a hold stood, and that was lifted then
        if organization.deletes_at is None:
            return
    is_final = destroy_keys(organization_id=lease.organization_id, now=now)
    remove_files(lease.organization_id)
    _tell_gone(lease, organization, is_final)
    with tenant(lease.organization_id):
        hold(lease)
        endings.end_organization()


def remove_files(organization_id: UUID) -> int:
    """Delete all files of an organization, whosever they are; returns how many there were."""
    folders = (str(organization_id), f"{parts.ROOT}/{organization_id}")
    return sum(map(parts.remove_folder, folders))


def _wait_until(deletes_at: datetime, now: datetime) -> None:
    if deletes_at > now:
        raise Waiting(NOT_YET, seconds=(deletes_at - now).total_seconds())


def _wait_for_holds(project_id: UUID | None) -> None:
    try:
        require_no_hold(project_id)
    except Held:
        raise Waiting(IS_HELD, seconds=HOLD_SECONDS) from None


def _tell_gone(lease: Lease, organization: Organization, is_final: bool) -> None:
    """A letter that does not go out is tried again, and keeps nothing alive after that."""
    now = timezone.now()
    with tenant(lease.organization_id):
        hold(lease)
        to = owners()
        receipt = _receipt(is_final, now)
    try:
        send(
            "organization_gone",
            to=to,
            attached=[attachment_of(receipt)],
            name=organization.name,
            when=now,
            is_final=is_final,
        )
    except MailAway as error:
        if not lease.is_last:
            raise Later(str(error), seconds=PAUSE_SECONDS) from None


def _receipt(is_final: bool, now: datetime) -> ErasureReceipt:
    """The one receipt of an organization's end, however often the end is begun."""
    given = ErasureReceipt.objects.filter(kind=ORGANIZATION_DELETED).first()
    return given or receipts.give(
        kind=ORGANIZATION_DELETED,
        counts=count_everything(),
        rule=RULE,
        keys_destroyed=KEYS if is_final else KEYS[:1],
        now=now,
    )
