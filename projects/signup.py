"""Signing up: the user, their organization and their membership, in one transaction."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from askorac.tenancy.context import tenant
from askorac.tenancy.router import ACCOUNTS

from .audit import Actor, Target, record
from .models import Member, Organization, Role, User


def found_organization(*, name: str, founder: Callable[[], User], now: datetime) -> User:
    """Make an organization and its first owner, whom `founder` creates on the accounts login.

    All of it is there afterwards, or nothing.
    """
    organization = Organization(id=uuid4(), name=name, created_at=now)
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
    return owner
