"""Members of an organization: what each may do, who leaves, and that an owner stays.

The app role can't change them, so all of it happens on the accounts login, in a transaction of its
own. What a removed member may do ends with the next request: each looks the membership up.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

from askorac.jobs.leases import enqueue
from askorac.jobs.tasks import wake
from askorac.tenancy.context import tenant
from askorac.tenancy.router import ACCOUNTS

from ..models import Member, ProjectMember, Role
from ..trail.recording import Actor, Target, record

KEEPS_AN_OWNER: Final = "organization_keeps_an_owner"
TRANSFERRED: Final = "organization.transferred"
LAST_OWNER: Final = (
    "This is the last owner. Make somebody else an owner first; an organization needs one."
)
OWNERS_ONLY: Final = "Only owners make owners, and change or remove them."
ABOVE: Final = frozenset({Role.OWNER.value, Role.ADMIN.value})


class LastOwner(Exception):
    """The organization would be left without an owner."""

    def __init__(self) -> None:
        super().__init__(LAST_OWNER)


class NoSuchMember(Exception):
    """Nobody has this membership, or not any more."""


@dataclass(frozen=True, slots=True)
class InProject:
    """A member's role in one project, `none` if it is not there for them."""

    project_id: UUID
    role: str
    reads_conversations: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What a member may do. Of owners and admins the role alone counts.

    `projects` are the roles by project, in the place of all that there were; None leaves them.
    """

    role: str
    reads_conversations: bool = False
    is_limited: bool = False
    projects: Sequence[InProject] | None = None


def change_member(
    *,
    organization_id: UUID,
    member_id: UUID,
    standing: Standing,
    is_owner: bool,
    by: Actor,
    now: datetime,
) -> None:
    """Let a member do something else than before; `is_owner` says whether an owner has it done.

    Raises NoSuchMember, LastOwner, and PermissionDenied where only an owner may.
    """
    with _kept_owned(organization_id):
        member = _locked(member_id)
        if Role.OWNER in {member.role, standing.role} and member.role != standing.role:
            _require_owner(is_owner)
        _change(member, standing, by=by, now=now)


def remove_member(
    *, organization_id: UUID, member_id: UUID, is_owner: bool, by: Actor, now: datetime
) -> None:
    """End a membership. Raises NoSuchMember, LastOwner, and PermissionDenied of an owner's."""
    with _kept_owned(organization_id):
        member = _locked(member_id)
        if member.role == Role.OWNER:
            _require_owner(is_owner)
        _record("member.removed", member, by=by, now=now)
        member.delete(using=ACCOUNTS)


def is_owned_by_one() -> bool:
    """Whether the open organization has one owner, who can't leave it then."""
    return Member.objects.filter(role=Role.OWNER).count() == 1


def leave_organization(*, organization_id: UUID, user_id: UUID, by: Actor, now: datetime) -> None:
    """End one's own membership. Raises NoSuchMember, LastOwner."""
    with _kept_owned(organization_id):
        member = Member.objects.using(ACCOUNTS).filter(user_id=user_id).first()
        if member is None:
            raise NoSuchMember
        _record("member.left", member, by=by, now=now)
        member.delete(using=ACCOUNTS)


def transfer_ownership(
    *, organization_id: UUID, member_id: UUID, user_id: UUID, by: Actor, now: datetime
) -> None:
    """Make a member an owner in the place of `user_id`, an owner, who is an admin from then on.
    Both are written to.

    Raises NoSuchMember, and PermissionDenied if `user_id` is no owner at that moment.
    """
    with _kept_owned(organization_id):
        heir = _locked(member_id)
        owner = Member.objects.using(ACCOUNTS).select_for_update().filter(user_id=user_id).first()
        if owner is None or owner.role != Role.OWNER:
            raise PermissionDenied(OWNERS_ONLY)
        if heir.pk == owner.pk:
            return
        _change(heir, Standing(role=Role.OWNER), by=by, now=now)
        _change(owner, Standing(role=Role.ADMIN), by=by, now=now)
        _record(TRANSFERRED, heir, by=by, now=now)
    with tenant(organization_id):
        enqueue(kind=TRANSFERRED, target_id=heir.pk, now=now, wake=wake, restarts=True)


def set_project_role(
    *,
    organization_id: UUID,
    member_id: UUID,
    wanted: InProject | None,
    project_id: UUID,
    project_name: str,
    by: Actor,
    now: datetime,
) -> None:
    """Give a member a role of their own in one project; None takes it away again.

    Raises NoSuchMember. Owners and admins are that in each project, so nothing changes for them.
    """
    with tenant(organization_id, using=ACCOUNTS):
        member = _locked(member_id)
        if member.role in ABOVE:
            return
        rows = ProjectMember.objects.using(ACCOUNTS).filter(member_id=member_id)
        before = rows.filter(project_id=project_id).first()
        if _of_row(before) == wanted:
            return
        rows.filter(project_id=project_id).delete()
        if wanted is not None:
            _add(member, wanted)
        _record(
            "member.project_role_changed",
            member,
            by=by,
            now=now,
            project=project_name,
            before=before.role if before else "",
            after=wanted.role if wanted else "",
        )


def _change(member: Member, standing: Standing, *, by: Actor, now: datetime) -> None:
    before = (member.role, member.reads_conversations, member.is_limited)
    is_above = standing.role in ABOVE
    member.role = standing.role
    member.reads_conversations = standing.reads_conversations and not is_above
    member.is_limited = standing.is_limited and not is_above
    after = (member.role, member.reads_conversations, member.is_limited)
    if before != after:
        names = ["role", "reads_conversations", "is_limited"]
        member.save(using=ACCOUNTS, update_fields=names)
    if before[0] != after[0]:
        _record("member.role_changed", member, by=by, now=now, before=before[0], after=after[0])
    if before[1:] != after[1:] and not is_above:
        _record(
            "member.access_changed",
            member,
            by=by,
            now=now,
            reads_conversations=after[1],
            limited_to_projects=after[2],
        )
    _set_projects(member, () if is_above else standing.projects, by=by, now=now)


def _set_projects(
    member: Member, wanted: Sequence[InProject] | None, *, by: Actor, now: datetime
) -> None:
    if wanted is None:
        return
    rows = ProjectMember.objects.using(ACCOUNTS).filter(member_id=member.pk)
    before = {found for row in rows if (found := _of_row(row))}
    after = {each.project_id: each for each in wanted}
    if before == set(after.values()):
        return
    rows.delete()
    for each in after.values():
        _add(member, each)
    _record("member.project_roles_changed", member, by=by, now=now, count=len(after))


def _add(member: Member, wanted: InProject) -> None:
    ProjectMember.objects.using(ACCOUNTS).create(
        organization_id=member.organization_id,
        member_id=member.pk,
        project_id=wanted.project_id,
        role=wanted.role,
        reads_conversations=wanted.reads_conversations and wanted.role not in {"none", "admin"},
    )


def _of_row(row: ProjectMember | None) -> InProject | None:
    if row is None:
        return None
    return InProject(row.project_id, row.role, row.reads_conversations)


def name_of_member(email: str) -> str:
    """What the member of the open organization with this address is called; nothing if none is."""
    names = Member.objects.filter(user__email=email).values_list("user__name", flat=True)
    return "".join(names)


def _locked(member_id: UUID) -> Member:
    member = Member.objects.using(ACCOUNTS).select_for_update().filter(pk=member_id).first()
    if member is None:
        raise NoSuchMember
    return member


def _require_owner(is_owner: bool) -> None:
    if not is_owner:
        raise PermissionDenied(OWNERS_ONLY)


def _record(
    action: str, member: Member, *, by: Actor, now: datetime, **details: str | int | bool
) -> None:
    target = Target(kind="member", id=member.pk, label=member.user.email)
    record(action=action, target=target, by=by, now=now, using=ACCOUNTS, **details)


@contextmanager
def _kept_owned(organization_id: UUID) -> Iterator[None]:
    """A transaction that the database refuses if no owner is left, also of two at one moment."""
    try:
        with tenant(organization_id, using=ACCOUNTS):
            yield
    except IntegrityError as error:
        diagnostics = getattr(error.__cause__, "diag", None)
        if getattr(diagnostics, "constraint_name", None) != KEEPS_AN_OWNER:
            raise
        raise LastOwner from None
