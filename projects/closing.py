"""A user's account is deleted, by themselves: what they made stays with their organizations."""

from datetime import datetime
from typing import Final

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied

from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user
from askorac.tenancy.router import ACCOUNTS

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
    """Leave all organizations, end all sessions, and delete the login with all that is its own.

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


def owned_alone(user: User) -> list[str]:
    """The names of the organizations of which the user is the last owner."""
    names = []
    for organization_id in organizations_of_user(user.pk):
        with tenant(organization_id):
            owners = set(Member.objects.filter(role=Role.OWNER).values_list("user_id", flat=True))
            if owners == {user.pk}:
                names.append(Organization.objects.get().name)
    return sorted(names)
