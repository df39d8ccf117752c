"""The mails of this app. A job carries ids only, so that no address lies in the broker."""

import secrets
from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from askorac.jobs.leases import Later, Lease, hold
from askorac.tenancy.context import tenant

from ..models import AuditEvent, Invitation, Organization
from ..organizations import get_fellow
from .invitations import digest_of
from .members import TRANSFERRED, name_of_member

AWAY: Final = "The mail server did not take the invitation. It is tried again."
NO_MAIL: Final = "No mail goes out now. It is tried again."
RETRY_SECONDS: Final = 60.0


def send_invitation(lease: Lease) -> None:
    """The job: make the token, keep its hash, and mail the link. Raises Later if no mail goes out.

    Each attempt has a token of its own: the one before stands nowhere any more.
    """
    token = secrets.token_urlsafe(32)
    with tenant(lease.organization_id):
        hold(lease)
        invitation = Invitation.objects.filter(pk=lease.target_id).first()
        if invitation is None or invitation.expires_at <= timezone.now():
            return
        invitation.token_sha256 = digest_of(token)
        invitation.save(update_fields=["token_sha256"])
        name = Organization.objects.get().name
        inviter = name_of_member(invitation.invited_by)
    path = reverse("projects:open_invitation", args=[token])
    context = {
        "organization": name,
        "invitation": invitation,
        "inviter": inviter,
        "url": f"{settings.PUBLIC_URL}{path}",
        "home": settings.PUBLIC_URL,
    }
    try:
        send_mail(
            " ".join(render_to_string("emails/invitation_subject.txt", context).split()),
            render_to_string("emails/invitation_message.txt", context),
            None,
            [invitation.email],
        )
    except (SMTPException, OSError):
        raise Later(AWAY, seconds=RETRY_SECONDS) from None
    with tenant(lease.organization_id):
        hold(lease)
        Invitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now())


def tell_of_transfer(lease: Lease) -> None:
    """The job: write to the old owner and to the new one. Raises Later if no mail goes out."""
    with tenant(lease.organization_id):
        hold(lease)
        heir = get_fellow(lease.target_id)
        found = AuditEvent.objects.filter(action=TRANSFERRED, target_id=lease.target_id)
        event = found.order_by("-at").first()
        name = " ".join(Organization.objects.get().name.split())
    if heir is None or event is None:
        return
    context = {
        "organization": name,
        "heir": heir,
        "giver": event.actor_label,
        "at": event.at,
        "page": settings.PUBLIC_URL + reverse("projects:members"),
    }
    text = render_to_string("emails/ownership_transferred.txt", context)
    try:
        for address in (heir.email, event.actor_label):
            send_mail(f"The ownership of {name} was transferred", text, None, [address])
    except (SMTPException, OSError):
        raise Later(NO_MAIL, seconds=RETRY_SECONDS) from None
