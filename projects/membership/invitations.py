"""Invitations: somebody is asked by mail to come into the open organization.

Nothing here looks up whether an address has an account: what happens is the same, and takes as
long, if it has one or not.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email

from askorac.jobs.leases import enqueue
from askorac.jobs.tasks import wake
from askorac.tenancy.context import require
from askorac.web.api.rates import count_request

from ..models import Invitation, Member, Project, Role
from ..trail.recording import Actor, Target, record
from .members import ABOVE, OWNERS_ONLY

SEND: Final = "invitation.send"
LIFE: Final = timedelta(days=7)
FORGOTTEN_AFTER: Final = timedelta(days=30)
MOST_OPEN: Final = 200
AN_HOUR: Final = 3_600_000  # milliseconds
# Mails an hour: of one organization, and to one address, whoever writes to it.
A_MAILBOX: Final = 6
AN_ORGANIZATION: Final = 60

NO_ADDRESS: Final = "This is not an email address."
MEMBER_ALREADY: Final = "This address belongs to a member already."
TOO_MANY_OPEN: Final = "200 invitations are open. Withdraw some before you send more."
NO_PROJECT: Final = "Choose at least one project, or let them see all."
UNKNOWN_PROJECT: Final = "There is no such project in this organization."
TOO_MANY: Final = "Many invitations were sent lately. Wait an hour, and send this one then."


class TooManyInvitations(Exception):
    """So many mails were sent that the next one has to wait for `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(TOO_MANY)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invited person will be; `project_ids` are the only projects that they will see,
    None is all."""

    role: str
    reads_conversations: bool = False
    project_ids: tuple[UUID, ...] | None = None


def invite(*, email: str, offer: Offer, is_owner: bool, by: Actor, now: datetime) -> Invitation:
    """Ask somebody in, by a mail after the commit; one who was asked already is asked anew.

    `is_owner` says whether an owner invites. Raises ValidationError, TooManyInvitations, and
    PermissionDenied where only an owner may.
    """
    email = _usable_address(email)
    _check(offer, is_owner=is_owner)
    if Member.objects.filter(user__email=email).exists():
        raise ValidationError({"email": MEMBER_ALREADY})
    Invitation.objects.filter(expires_at__lt=now - FORGOTTEN_AFTER).delete()
    found = Invitation.objects.select_for_update().filter(email=email).first()
    if found is None and Invitation.objects.count() >= MOST_OPEN:
        raise ValidationError(TOO_MANY_OPEN)
    _may_replace(found, is_owner=is_owner)
    invitation = found or Invitation(email=email)
    is_limited = offer.project_ids is not None and offer.role not in ABOVE
    invitation.role = offer.role
    invitation.reads_conversations = offer.reads_conversations and offer.role not in ABOVE
    invitation.is_limited = is_limited
    invitation.project_ids = list(offer.project_ids or ()) if is_limited else []
    _send(invitation, by=by, now=now)
    return invitation


def send_again(*, invitation: Invitation, is_owner: bool, by: Actor, now: datetime) -> None:
    """Send another mail, with another token, for seven days more. The link of the earlier one opens
    nothing any more. Raises TooManyInvitations, and PermissionDenied of one that makes an owner."""
    _may_replace(invitation, is_owner=is_owner)
    _send(invitation, by=by, now=now)


def withdraw(*, invitation: Invitation, by: Actor, now: datetime) -> None:
    """End an invitation: its link opens nothing any more."""
    record(action="invitation.withdrawn", target=target_of(invitation), by=by, now=now)
    invitation.delete()


def get_invitation(invitation_id: UUID) -> Invitation | None:
    """An open invitation of the open organization, expired or not."""
    return Invitation.objects.filter(pk=invitation_id).first()


def list_invitations() -> list[Invitation]:
    """The open ones, the latest first."""
    return list(Invitation.objects.order_by("-created_at", "id"))


def digest_of(token: str) -> bytes:
    """By what the row of a token is found."""
    return hashlib.sha256(token.encode()).digest()


def target_of(invitation: Invitation) -> Target:
    """The invitation, as the trail names it."""
    return Target(kind="invitation", id=invitation.pk, label=invitation.email)


def _send(invitation: Invitation, *, by: Actor, now: datetime) -> None:
    _count(invitation.email)
    invitation.invited_by = by.label
    invitation.created_at = now
    invitation.expires_at = now + LIFE
    invitation.token_sha256 = None
    invitation.sent_at = None
    invitation.save()
    record(
        action="invitation.sent",
        target=target_of(invitation),
        by=by,
        now=now,
        role=invitation.role,
        reads_conversations=invitation.reads_conversations,
        limited_to_projects=invitation.is_limited,
    )
    enqueue(kind=SEND, target_id=invitation.pk, now=now, wake=wake, restarts=True)


def _check(offer: Offer, *, is_owner: bool) -> None:
    if offer.role == Role.OWNER and not is_owner:
        raise PermissionDenied(OWNERS_ONLY)
    if offer.project_ids is None or offer.role in ABOVE:
        return
    wanted = set(offer.project_ids)
    if not wanted:
        raise ValidationError({"project_ids": NO_PROJECT})
    if Project.objects.filter(pk__in=wanted).count() != len(wanted):
        raise ValidationError({"project_ids": UNKNOWN_PROJECT})


def _may_replace(invitation: Invitation | None, *, is_owner: bool) -> None:
    if invitation is not None and invitation.role == Role.OWNER and not is_owner:
        raise PermissionDenied(OWNERS_ONLY)


def _usable_address(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise ValidationError({"email": NO_ADDRESS}) from None
    if len(email) > 254:
        raise ValidationError({"email": NO_ADDRESS})
    return email


def _count(email: str) -> None:
    mailbox = hashlib.sha256(email.encode()).hexdigest()[:32]
    allowances = {
        f"invite:org:{require().organization_id}": AN_ORGANIZATION,
        f"invite:to:{mailbox}": A_MAILBOX,
    }
    rate = count_request(allowances, milliseconds=AN_HOUR)
    if rate.is_exceeded:
        raise TooManyInvitations(rate.reset)
