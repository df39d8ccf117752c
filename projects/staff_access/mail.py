"""Mail to those who decide, when our staff asks for access or is let in by their rule."""

from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from askorac.jobs.leases import Later, Lease
from askorac.tenancy.context import tenant

from ..models import Organization
from ..organizations import list_members
from ..rights import OF_ROLE
from .grants import Grant, GrantState, get_grant

DECIDING: Final = {role for role, rights in OF_ROLE.items() if "staff_access.decide" in rights}
RETRY_SECONDS: Final = 60.0
_LETTERS: Final = {
    GrantState.ASKED: ("AskOrac's staff asks for access to {name}", "emails/staff_asks.txt"),
    GrantState.LIVE: ("AskOrac's staff has access to {name}", "emails/staff_is_in.txt"),
}


def tell(lease: Lease) -> None:
    """The job: write to all who may decide, about one request as it stands now.

    What was decided on or is over meanwhile needs no letter. Raises Later if no mail goes out.
    """
    with tenant(lease.organization_id):
        grant = get_grant(lease.target_id, now=timezone.now())
        name = Organization.objects.get().name
        to = [member.email for member in list_members() if member.role in DECIDING]
    if grant is None or grant.state not in _LETTERS:
        return
    try:
        for address in to:
            _write(grant, name, address)
    except (OSError, SMTPException):
        raise Later("No mail goes out now.", seconds=RETRY_SECONDS) from None


def _write(grant: Grant, organization: str, address: str) -> None:
    subject, template = _LETTERS[grant.state]
    page = settings.PUBLIC_URL + reverse("projects:staff_access")
    told = {"grant": grant, "organization": organization, "page": page}
    name = " ".join(organization.split())
    send_mail(subject.format(name=name), render_to_string(template, told), None, [address])
