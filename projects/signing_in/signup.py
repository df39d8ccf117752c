"""Signing up: the user, their organization and their membership, in one transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import connections, transaction

from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user
from askorac.tenancy.router import ACCOUNTS

from ..models import Member, Organization, Role, User
from ..organizations import MOST_NAME
from ..trail.recording import Actor, Target, record
from ..wording import usable_line

MOST_ORGANIZATIONS: Final = 50
TOO_MANY: Final = "You belong to 50 organizations. Leave one before you make another."


def found_another(*, name: str, user: User, now: datetime) -> UUID:
    """A further organization of a user, who owns it. Raises ValidationError for an unusable name,
    or if they belong to 50 already."""
    name = usable_line(name, most=MOST_NAME, missing="Give the organization a name.")
    if len(organizations_of_user(user.pk)) >= MOST_ORGANIZATIONS:
        raise ValidationError(TOO_MANY)
    organization = Organization(id=uuid4(), name=name, created_at=now)
    _found(organization, founder=lambda: user, now=now)
    return organization.pk


def found_organization(
    *,
    name: str,
    founder: Callable[[], User],
    now: datetime,
    organization_id: UUID | None = None,
    is_for_show: bool = False,
) -> User:
    """Make an organization and its first owner, whom `founder` creates on the accounts login.

    All of it is there afterwards, or nothing. It gets a new id, unless one is given. With
    `is_for_show` all is done and nothing is kept: for an address that has an account already, so
    that an answer takes as long as for one that has none.
    """
    organization = Organization(id=organization_id or uuid4(), name=name, created_at=now)
    return _found(organization, founder=founder, now=now, is_for_show=is_for_show)


def _found(
    organization: Organization,
    *,
    founder: Callable[[], User],
    now: datetime,
    is_for_show: bool = False,
) -> User:
    with tenant(organization.pk, using=ACCOUNTS):
        owner = founder()
        organization.save(using=ACCOUNTS, force_insert=True)
        Member.objects.using(ACCOUNTS).create(
            organization_id=organization.pk, user=owner, role=Role.OWNER, created_at=now
        )
        record(
            action="organization.created",
            # No label: before the first commit there is no key to seal it.
            target=Target(kind="organization", id=organization.pk),
            by=Actor(kind="member", id=owner.pk, label=owner.email),
            now=now,
            using=ACCOUNTS,
        )
        if is_for_show:
            _take_back()
    return owner


def _take_back() -> None:
    """Undo the open transaction, after what its commit would do besides."""
    connections[ACCOUNTS].check_constraints()
    transaction.set_rollback(True, using=ACCOUNTS)
