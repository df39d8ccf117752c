"""A user's account is deleted, by themselves: what they made stays with their organizations."""

import logging
from datetime import datetime
from smtplib import SMTPException
from typing import Final

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail import send_mail
from django.template.loader import render_to_string

from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user
from askorac.tenancy.origins import current_origin
from askorac.tenancy.router import ACCOUNTS
from askorac.web.logs import LogEvent, log

from .membership.members import LastOwner, leave_organization
from .models import Member, Organization, Role, User
from .signing_in.sign_ins import tell
from .signing_in.user_sessions import end_all_sessions
from .trail.recording import Actor

STAFF: Final = "Staff's accounts are ended by who runs the installation."


class OwnsAlone(Exception):
    """The user is the last owner of these organizations."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"You are the last owner of {', '.join(names)}. Transfer the ownership to somebody, or"
            " delete the organization, and delete your account then."
        )


def delete_user(*, user: User, now: datetime) -> None:
    """Leave all organizations, end all sessions, and delete the login with all that is its own;
    its address is told by mail.

    Raises OwnsAlone, having changed nothing, and PermissionDenied for a member of our staff.
    """
    if user.is_staff:
        raise PermissionDenied(STAFF)
    if names := owned_alone(user):
        raise OwnsAlone(names)
    tell(user=user, action="user.deleted", now=now)
    by = Actor(kind="member", id=user.pk, label=user.email)
    for organization_id in organizations_of_user(user.pk):
        try:
            leave_organization(organization_id=organization_id, user_id=user.pk, by=by, now=now)
        except LastOwner:  # the other owner has left since
            raise OwnsAlone(owned_alone(user)) from None
    end_all_sessions(user=user, now=now)
    for kind in (EmailAddress, Authenticator):
        kind.objects.filter(user_id=user.pk).delete()
    user.groups.clear()
    user.user_permissions.clear()
    # The row alone: Django would look for memberships, which no login sees without a context.
    User.objects.filter(pk=user.pk)._raw_delete(ACCOUNTS)
    _send_farewell(user.email, now=now)


def _send_farewell(email: str, *, now: datetime) -> None:
    """Say so by mail. It is done already, and stays done when no mail goes out."""
    told = {
        "email": email,
        "when": now,
        "address": current_origin().address,
        "public_url": settings.PUBLIC_URL,
    }
    subject = render_to_string("emails/account_deleted_subject.txt").strip()
    text = render_to_string("emails/account_deleted_message.txt", told)
    try:
        send_mail(subject, text, None, [email])
    except (SMTPException, OSError) as fault:
        log(LogEvent.MAIL_NOT_SENT, level=logging.WARNING, broken=fault)


def owned_alone(user: User) -> list[str]:
    """The names of the organizations of which the user is the last owner."""
    names = []
    for organization_id in organizations_of_user(user.pk):
        with tenant(organization_id):
            owners = set(Member.objects.filter(role=Role.OWNER).values_list("user_id", flat=True))
            if owners == {user.pk}:
                names.append(Organization.objects.get().name)
    return sorted(names)
