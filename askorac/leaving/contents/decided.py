"""What the organization has decided: holds, who of our staff may look, who was asked in, and the
statements that were signed about its trail."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from projects.models import AuditCheckpoint, Hold, Invitation, StaffGrant
from projects.staff_access.grants import read_rule
from projects.trail.checkpoints import as_dict
from projects.trail.deliveries import read_delivery

from .lines import moment

Row = dict[str, Any]


def rules() -> Row:
    """What stands in the organization's own file. Raises KeyRevoked, KeysAway."""
    staff, delivery = read_rule(), read_delivery()
    return {
        "staff_rule": {"rule": staff.rule, "changed_at": moment(staff.changed_at)},
        "checkpoint_delivery": {
            "addresses": list(delivery.addresses),
            # What follows the host may be a secret of whom it leads to.
            "webhook_host": urlsplit(delivery.webhook_url).hostname or "",
        },
    }


def holds() -> Iterator[Row]:
    """Those that stand and those that were lifted."""
    for row in Hold.objects.order_by("placed_at", "id"):
        yield {
            "project_id": str(row.project_id) if row.project_id else None,
            "reason": row.reason.open(),
            "placed_by": row.placed_by,
            "placed_at": moment(row.placed_at),
            "lifted_by": row.lifted_by,
            "lifted_at": moment(row.lifted_at),
        }


def invitations() -> Iterator[Row]:
    """Who was asked in and has not answered; never a token."""
    for row in Invitation.objects.order_by("created_at", "id"):
        yield {
            "email": row.email,
            "role": row.role,
            "reads_conversations": row.reads_conversations,
            "is_limited": row.is_limited,
            "project_ids": [str(each) for each in row.project_ids],
            "invited_by": row.invited_by,
            "created_at": moment(row.created_at),
            "sent_at": moment(row.sent_at),
            "expires_at": moment(row.expires_at),
        }


def staff_requests() -> Iterator[Row]:
    """What our staff asked for, and what became of it."""
    for row in StaffGrant.objects.order_by("asked_at", "id"):
        yield {
            "staff_name": row.staff_name,
            "reason": row.reason,
            "minutes": row.minutes,
            "asked_at": moment(row.asked_at),
            "decision": row.decision,
            "decided_by": row.decided_by,
            "decided_at": moment(row.decided_at),
            "expires_at": moment(row.expires_at),
            "ended_by": row.ended_by,
            "ended_at": moment(row.ended_at),
            "view_count": row.view_count,
            "last_viewed_at": moment(row.last_viewed_at),
        }


def checkpoints() -> Iterator[Row]:
    """The statements about the trail, each as it was signed and given away."""
    for row in AuditCheckpoint.objects.order_by("seq", "at", "id").iterator():
        yield {"kind": row.kind, **as_dict(row)}
