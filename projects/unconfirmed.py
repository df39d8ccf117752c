"""Accounts whose address nobody has confirmed: they keep nobody from their own address, and go.

Such an account never let anybody in. What it founded is an organization with it as the only member.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef

from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user
from askorac.tenancy.router import ACCOUNTS

from .deletion import schedule_organization
from .models import Member, User
from .signing_in.user_sessions import end_all_sessions
from .trail.recording import SYSTEM

KEPT: Final = timedelta(days=7)
MOST: Final = 200  # at a time
# In the place of an address, until its organization is gone: an organization keeps an owner.
NOBODYS: Final = "@unconfirmed.invalid"


def give_way(*, email: str, now: datetime) -> bool:
    """Free an address for who has proved that it is theirs; whether it is free now.

    An account that was signed up with it and never confirmed is closed: its password and its
    factors are void, and its organization is deleted after the usual grace.
    """
    user = User.objects.filter(email=email).first()
    if user is None:
        return True
    if not _never_came_in(user):
        return False
    _close(user, now=now)
    return True


def clear_unconfirmed(*, now: datetime) -> int:
    """Close what was not confirmed within a week, and delete what was closed, once its organization
    is gone; how many accounts were closed or deleted."""
    closed = _close_old(now)
    gone = 0
    for user in User.objects.filter(email__endswith=NOBODYS).order_by("created_at", "pk")[:MOST]:
        if not _end_organizations(user, now=now):
            # The row alone: Django would look for memberships, which no login sees unasked.
            gone += User.objects.filter(pk=user.pk)._raw_delete(ACCOUNTS)
    return closed + gone


def _close_old(now: datetime) -> int:
    confirmed = EmailAddress.objects.filter(user_id=OuterRef("pk"), verified=True)
    old = User.objects.filter(
        ~Exists(confirmed), created_at__lt=now - KEPT, last_login=None, is_staff=False
    ).exclude(email__endswith=NOBODYS)
    users = [user for user in old.order_by("created_at", "pk")[:MOST] if _never_came_in(user)]
    for user in users:
        _close(user, now=now)
    return len(users)


def _never_came_in(user: User) -> bool:
    """Whether nobody has ever got in with this account, nor belongs to anything with others."""
    if user.is_staff or user.last_login is not None:
        return False
    if EmailAddress.objects.filter(user_id=user.pk, verified=True).exists():
        return False
    return all(_is_alone(user, each) for each in organizations_of_user(user.pk))


def _is_alone(user: User, organization_id: UUID) -> bool:
    with tenant(organization_id):
        return not Member.objects.exclude(user_id=user.pk).exists()


def _close(user: User, *, now: datetime) -> None:
    for kind in (EmailAddress, Authenticator):
        kind.objects.filter(user_id=user.pk).delete()
    end_all_sessions(user=user, now=now)
    user.email = f"{user.pk.hex}{NOBODYS}"
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["email", "is_active", "password"])
    _end_organizations(user, now=now)


def _end_organizations(user: User, *, now: datetime) -> int:
    """Have the user's organizations deleted, if they are not to be already; how many there are."""
    organization_ids = organizations_of_user(user.pk)
    for organization_id in organization_ids:
        keyrings.warm(organization_id)
        schedule_organization(organization_id=organization_id, by=SYSTEM, now=now)
    return len(organization_ids)
