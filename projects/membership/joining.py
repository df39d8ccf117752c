"""Coming into an organization by an invitation: with the account that one has, or with a new one.

Who opens the link has read mail at the invited address, so that the invitation proves it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import invitation_of_token
from askorac.tenancy.router import ACCOUNTS

from ..models import Invitation, Member, Organization, Project, ProjectMember, User
from ..profiles import MOST_NAME
from ..trail.recording import Actor, Target, record
from ..wording import usable_line
from .members import name_of_member

HAS_ACCOUNT: Final = "There is an account with this address. Log in, and accept with it."
NO_NAME: Final = "Give your name: your colleagues see it."


class NoInvitation(Exception):
    """It has expired, was withdrawn or accepted, there never was one, or its organization is
    suspended or about to be deleted."""


class ForAnotherAddress(Exception):
    """The invitation is for another address than the account's."""


@dataclass(frozen=True, slots=True)
class Invited:
    """What an invitation offers, for who has its link. `projects` are the names of those that will
    be seen; None is all. `inviter` is what `invited_by` is called, if that is a member."""

    organization_id: UUID
    invitation_id: UUID
    organization: str
    email: str
    role: str
    invited_by: str
    inviter: str
    projects: tuple[str, ...] | None


def read_invitation(digest: bytes) -> Invited:
    """What the invitation with a token of this SHA-256 offers. Raises NoInvitation."""
    found = invitation_of_token(digest)
    if found is None:
        raise NoInvitation
    organization_id, invitation_id = found
    with tenant(organization_id):
        row = Invitation.objects.filter(pk=invitation_id, token_sha256=digest).first()
        organization = Organization.objects.get()
        if row is None or organization.suspended_at or organization.deletes_at:
            raise NoInvitation
        shown = Project.objects.filter(pk__in=row.project_ids).order_by("name")
        return Invited(
            organization_id=organization_id,
            invitation_id=invitation_id,
            organization=organization.name,
            email=row.email,
            role=row.role,
            invited_by=row.invited_by,
            inviter=name_of_member(row.invited_by),
            projects=tuple(shown.values_list("name", flat=True)) if row.is_limited else None,
        )


def accept(*, digest: bytes, user: User, now: datetime) -> UUID:
    """Make the user a member; returns the organization's id.

    Raises NoInvitation, and ForAnotherAddress if it is not for an address of this user.
    """
    invited = read_invitation(digest)
    if not is_theirs(invited, user):
        raise ForAnotherAddress
    existing = _existing_projects(invited)
    with tenant(invited.organization_id, using=ACCOUNTS):
        _join(invited, user, existing, now=now)
        _prove(user, invited.email)
    return invited.organization_id


def accept_as_new(
    *,
    digest: bytes,
    name: str,
    password: str,
    give_way: Callable[..., bool],
    now: datetime,
) -> tuple[User, UUID]:
    """Make an account for the invited address, and a member of it.

    `give_way(email=, now=)` frees the address of an account that never was confirmed, and tells
    whether it is free. Raises NoInvitation, and ValidationError: for an unusable `name` or
    `password`, each by its name, or if the address has an account.
    """
    invited = read_invitation(digest)
    if _is_confirmed(invited.email):
        raise ValidationError(HAS_ACCOUNT)
    name = _usable(name, password, invited.email)
    if not give_way(email=invited.email, now=now):
        raise ValidationError(HAS_ACCOUNT)
    existing = _existing_projects(invited)
    with tenant(invited.organization_id, using=ACCOUNTS):
        user = User.objects.create_user(invited.email, password, name=name)
        _join(invited, user, existing, now=now)
        _prove(user, invited.email)
    return user, invited.organization_id


def is_theirs(invited: Invited, user: User) -> bool:
    """Whether it is for an address of this user: the login's, or another confirmed one."""
    if user.email == invited.email:
        return True
    own = EmailAddress.objects.filter(user=user, verified=True)
    return bool(own.filter(email__iexact=invited.email).exists())


def _usable(name: str, password: str, email: str) -> str:
    """The name as it is kept. Raises ValidationError for what can't be used."""
    try:
        name = usable_line(name, most=MOST_NAME, missing=NO_NAME)
    except ValidationError as error:
        raise ValidationError({"name": error}) from None
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        raise ValidationError({"password": error}) from None
    return name


def _existing_projects(invited: Invited) -> list[UUID]:
    with tenant(invited.organization_id):
        row = Invitation.objects.filter(pk=invited.invitation_id).first()
        wanted = row.project_ids if row is not None else []
        return list(Project.objects.filter(pk__in=wanted).values_list("id", flat=True))


def _join(invited: Invited, user: User, project_ids: list[UUID], *, now: datetime) -> None:
    """Whoever deletes the invitation's row has it: it is accepted once."""
    rows = Invitation.objects.using(ACCOUNTS).filter(pk=invited.invitation_id)
    row = rows.filter(expires_at__gt=now).first()
    if row is None or not rows.delete()[0]:
        raise NoInvitation
    if Member.objects.using(ACCOUNTS).filter(user_id=user.pk).exists():
        return
    member = Member.objects.using(ACCOUNTS).create(
        organization_id=invited.organization_id,
        user=user,
        role=row.role,
        reads_conversations=row.reads_conversations,
        is_limited=row.is_limited,
        created_at=now,
    )
    for project_id in project_ids:
        ProjectMember.objects.using(ACCOUNTS).create(
            organization_id=invited.organization_id,
            member_id=member.pk,
            project_id=project_id,
            role=row.role,
            reads_conversations=row.reads_conversations,
        )
    record(
        action="member.joined",
        target=Target(kind="member", id=member.pk, label=user.email),
        by=Actor(kind="member", id=user.pk, label=user.email),
        now=now,
        using=ACCOUNTS,
        role=row.role,
    )


def _prove(user: User, email: str) -> None:
    """The address is the user's: they have read mail there."""
    if _is_confirmed(email):
        return
    own = EmailAddress.objects.filter(user=user)
    if not own.filter(email__iexact=email).update(verified=True):
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=not own.exists())


def _is_confirmed(email: str) -> bool:
    return bool(EmailAddress.objects.filter(email__iexact=email, verified=True).exists())
