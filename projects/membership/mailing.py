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

from ..models import Invitation, Organization
from .invitations import digest_of
from .members import name_of_member

AWAY: Final = "The mail server did not take the invitation. It is tried again."
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
