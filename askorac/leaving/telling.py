"""The jobs that tell owners what will be deleted, and what was."""

from typing import Any, Final

from askorac.jobs.leases import Later, Lease
from askorac.tenancy.context import tenant
from projects.models import AuditEvent, ErasureReceipt, Member, Organization, Project
from projects.retention.holds import is_held

from .letters import PAUSE_SECONDS, MailAway, attachment_of, owners, send
from .models import Export, Import

PROJECT_DELETED: Final = "project.deleted"
TELL_PROJECT_GONE: Final = "project.tell_gone"


def tell_project(lease: Lease) -> None:
    """Tell owners until when the deletion of a project can be taken back, unless it was."""
    with tenant(lease.organization_id):
        project = Project.objects.filter(pk=lease.target_id, deletes_at__isnull=False).first()
        is_kept = is_held(lease.target_id)
        to = owners()
    if project is not None:
        told = {"name": project.name, "when": project.deletes_at, "id": project.pk}
        _send("project_ending", to, is_kept_by_hold=is_kept, **told)


def tell_organization(lease: Lease) -> None:
    """Tell owners until when the deletion of their organization can be taken back."""
    with tenant(lease.organization_id):
        organization = Organization.objects.get()
        is_kept = is_held(None)
        to = owners()
    if organization.deletes_at is not None:
        told = {"name": organization.name, "when": organization.deletes_at}
        _send("organization_ending", to, is_kept_by_hold=is_kept, **told)


def tell_project_gone(lease: Lease) -> None:
    """Tell owners that a project is gone, by the name that the trail has of it."""
    with tenant(lease.organization_id):
        events = AuditEvent.objects.filter(action="project.deleted", target_id=lease.target_id)
        event = events.first()
        receipts = ErasureReceipt.objects.filter(kind=PROJECT_DELETED, of_project=lease.target_id)
        attached = [attachment_of(receipt) for receipt in receipts]
        to = owners()
    if event is None:
        return
    name = event.target_label.open()
    _send("project_gone", to, attached=attached, name=name, when=event.at)


def tell_export(lease: Lease) -> None:
    """Tell whoever asked for an export, if that was a member, that it can be downloaded."""
    with tenant(lease.organization_id):
        export = Export.objects.filter(pk=lease.target_id, is_expired=False).first()
        to = _who_asked(export.asked_by) if export else []
        name = Organization.objects.get().name
    if export is not None and export.ready_at is not None:
        _send("export_ready", to, name=name, until=export.expires_at)


def tell_import(lease: Lease) -> None:
    """Tell whoever brought an archive in, if that was a member, that it is there, or is not."""
    with tenant(lease.organization_id):
        row = Import.objects.get(pk=lease.target_id)
        to = _who_asked(row.asked_by)
        name = Organization.objects.get().name
    letter = "import_failed" if row.finished_at is None else "import_done"
    _send(letter, to, name=name, count=len(row.project_ids))


def _who_asked(asked_by: str) -> list[str]:
    """The member of that address; the owners, if it was a program or somebody who has left."""
    members = Member.objects.filter(user__email=asked_by)
    return list(members.values_list("user__email", flat=True)) or owners()


def _send(letter: str, to: list[str], **told: Any) -> None:
    try:
        send(letter, to=to, **told)
    except MailAway as error:
        raise Later(str(error), seconds=PAUSE_SECONDS) from None
