"""An organization's name, and who its members are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user
from askorac.tenancy.router import ACCOUNTS
from askorac.web.paging import Keyset, moment, read_page

from .models import Member, Organization, Role
from .trail.recording import Actor, Target, record
from .wording import one_line, usable_line

MOST_NAME = 120
MOST_WORDS: Final = 100
PAGE: Final = 30
AS_THEY_JOINED: Final = Keyset("created_at", moment, is_descending=False)


class RenamedMeanwhile(Exception):
    """Somebody else has renamed it since; `name` is what it is called now."""

    def __init__(self, name: str) -> None:
        super().__init__("The organization was renamed meanwhile.")
        self.name = name


@dataclass(frozen=True, slots=True)
class Fellow:
    """A member, as the others see them. `called` is the name, or without one the address."""

    user_id: UUID
    name: str
    email: str
    role: str
    since: datetime
    member_id: UUID
    reads_conversations: bool
    is_limited: bool

    @property
    def called(self) -> str:
        return self.name or self.email


def rename_organization(
    *, organization_id: UUID, seen: str, name: str, by: Actor, now: datetime
) -> None:
    """Give the organization another name, in place of the one that was `seen`.

    The app role can't: it could as well lift a suspension. So it is done on the accounts login.
    Raises ValidationError for an unusable name, RenamedMeanwhile if it has another than `seen`.
    """
    name = usable_line(name, most=MOST_NAME, missing="Give the organization a name.")
    with tenant(organization_id, using=ACCOUNTS):
        # Not the row's key: keys that are made for the event's names refer to it meanwhile.
        organization = Organization.objects.using(ACCOUNTS).select_for_update(no_key=True).get()
        if organization.name == name:
            return
        if organization.name != seen:
            raise RenamedMeanwhile(organization.name)
        organization.name = name
        organization.save(using=ACCOUNTS, update_fields=["name"])
        record(
            action="organization.renamed",
            target=Target(kind="organization", id=organization_id, label=name),
            by=by,
            now=now,
            using=ACCOUNTS,
            before=seen,
        )


@dataclass(frozen=True, slots=True)
class Belonging:
    """One of a user's organizations, with their role in it."""

    organization_id: UUID
    name: str
    role: str
    is_suspended: bool


def organizations_of(user_id: UUID) -> list[Belonging]:
    """The organizations that a user belongs to, by name; with no context open.

    Two statements and a transaction each: nobody but its members may know what one is called.
    """
    found = []
    for organization_id in organizations_of_user(user_id):
        with tenant(organization_id):
            organization = Organization.objects.get()
            member = Member.objects.filter(user_id=user_id).first()
        if member is not None:
            is_suspended = organization.suspended_at is not None
            found.append(Belonging(organization_id, organization.name, member.role, is_suspended))
    return sorted(found, key=lambda each: (each.name.lower(), each.organization_id))


def list_members() -> list[Fellow]:
    """The members of the open organization, owners first. One statement."""
    places = [When(role=role, then=Value(place)) for place, role in enumerate(Role.values)]
    rows = members_with_users().order_by(
        Case(*places, output_field=IntegerField()), "user__name", "user_id"
    )
    return [_fellow(row) for row in rows]


@dataclass(frozen=True, slots=True)
class FellowsPage:
    """Some members, in the order in which they joined; `later` is the cursor of those who came
    after them, None on the last page."""

    members: tuple[Fellow, ...]
    later: str | None
    count: int


def read_members(
    *, words: str = "", after: str | None = None, user_id: UUID | None = None
) -> FellowsPage:
    """A page of the open organization's members: all, those whose name or address has the words in
    it, or one user alone. `count` is of all that fit. Two statements. Raises NoSuchCursor.
    """
    rows = members_with_users()
    words = one_line(words)[:MOST_WORDS]
    if words:
        rows = rows.filter(Q(user__name__icontains=words) | Q(user__email__icontains=words))
    if user_id is not None:
        rows = rows.filter(user_id=user_id)
    page = read_page(rows, order=AS_THEY_JOINED, cursor=after, limit=PAGE)
    return FellowsPage(tuple(map(_fellow, page.rows)), page.next, rows.count())


def get_fellow(member_id: UUID) -> Fellow | None:
    """One member of the open organization."""
    row = members_with_users().filter(pk=member_id).first()
    return _fellow(row) if row is not None else None


def user_with_address(address: str) -> UUID | None:
    """The member of the open organization whose address this is; None if it is nobody's."""
    rows = Member.objects.filter(user__email=address.strip().lower())
    return rows.values_list("user_id", flat=True).first()


def members_with_users() -> QuerySet[Member]:
    """The members of the open organization, with those columns of users that the app role reads."""
    columns = ("role", "created_at", "reads_conversations", "is_limited")
    return Member.objects.select_related("user").only(*columns, "user__name", "user__email")


def _fellow(row: Member) -> Fellow:
    return Fellow(
        user_id=row.user_id,
        name=row.user.name,
        email=row.user.email,
        role=row.role,
        since=row.created_at,
        member_id=row.pk,
        reads_conversations=row.reads_conversations or row.role in {Role.OWNER, Role.ADMIN},
        is_limited=row.is_limited,
    )
