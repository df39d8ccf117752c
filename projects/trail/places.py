"""Where what the trail tells of can be seen now: by its id, whatever kind of thing it is.

Things of all floors have pages. Each app names its own in its `apps.ready`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal
from uuid import UUID

from django.db.models import CharField, F, QuerySet, UUIDField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.urls import reverse

from ..models import ApiKey, Invitation, Member, Project, StaffGrant
from ..rights import Right

UNTOLD: Final[Mapping[UUID, str]] = MappingProxyType({})
May = Callable[[UUID | None, Right], bool]


@dataclass(frozen=True, slots=True)
class PlaceKind:
    """One kind of thing: `rows` are all of them in the open context.

    `id`, `page`, `project` and `label` are fields: by which id the trail names it, by which its
    page does, in which project it stands, and what it is called in clear. `address` is the name of
    the page for whoever has the `right` there, and `takes` what that is asked for by.
    """

    rows: Callable[[], "QuerySet[Any]"]
    right: Right
    address: str
    takes: tuple[Literal["project", "page"], ...] = ("page",)
    id: str = "id"
    page: str = "id"
    project: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What stands behind an id now. `address` is empty for who may not see it."""

    kind: str
    label: str
    address: str


_kinds: dict[str, PlaceKind] = {}


def register_place(name: str, kind: PlaceKind) -> None:
    """Name where one kind of thing is found."""
    _kinds[name] = kind


def sees_nothing(_project_id: UUID | None, _right: Right) -> bool:
    """For who wants names alone."""
    return False


def find_places(
    ids: Collection[UUID], *, kinds: Mapping[UUID, str] = UNTOLD, may: May = sees_nothing
) -> dict[UUID, Place]:
    """Those of these ids that something stands behind. One statement, for however many kinds.

    `kinds` tells which kind an id is of: only that one is asked then, where there are such.
    """
    asked = []
    for name, kind in sorted(_kinds.items()):
        its = [id_ for id_ in ids if kinds.get(id_, name) == name or kinds[id_] not in _kinds]
        if its:
            asked.append(_found(name, kind, its))
    if not asked:
        return {}
    return {
        found: Place(name, label, _address(_kinds[name], project_id, page, may))
        for name, found, page, project_id, label in asked[0].union(*asked[1:], all=True)
    }


def rows_called(text: str) -> "list[QuerySet[Any, UUID]]":
    """The ids of what has a text in a name that lies in clear, now, kind by kind."""
    return [
        kind.rows().filter(**{f"{kind.label}__icontains": text}).values_list(kind.id, flat=True)
        for _, kind in sorted(_kinds.items())
        if kind.label
    ]


def ids_called(text: str, *, most: int) -> list[UUID]:
    """At most so many of them, each once. One statement."""
    first, *others = rows_called(text)
    return list(first.union(*others)[:most])


def _found(name: str, kind: PlaceKind, ids: Collection[UUID]) -> "QuerySet[Any]":
    return (
        kind.rows()
        .filter(**{f"{kind.id}__in": ids})
        .values_list(
            Cast(Value(name), CharField()),
            F(kind.id),
            F(kind.page),
            _field(kind.project, UUIDField()),
            Cast(_field(kind.label, CharField()), CharField()),
        )
    )


def _field(name: str, kind: UUIDField | CharField) -> Combinable:  # type: ignore[type-arg]
    empty = None if isinstance(kind, UUIDField) else ""
    return F(name) if name else Cast(Value(empty), kind)


def _address(kind: PlaceKind, project_id: UUID | None, page: UUID, may: May) -> str:
    if not may(project_id, kind.right):
        return ""
    ids = {"project": project_id, "page": page}
    return reverse(kind.address, args=[ids[name] for name in kind.takes])


_MEMBER: Final[Right] = "members.manage"
# What stands on this floor.
PLACES: Final = {
    "api_key": PlaceKind(
        ApiKey.objects.all, "api_keys.manage", "projects:api_keys", (), label="name"
    ),
    "invitation": PlaceKind(Invitation.objects.all, _MEMBER, "projects:members", (), label="email"),
    "member": PlaceKind(Member.objects.all, _MEMBER, "projects:member", label="user__email"),
    "project": PlaceKind(
        Project.objects.all,
        "project.view",
        "projects:overview",
        project="id",
        label="name",
    ),
    "staff_grant": PlaceKind(
        StaffGrant.objects.all, "staff_access.decide", "projects:staff_access", ()
    ),
    "user": PlaceKind(
        Member.objects.all,
        _MEMBER,
        "projects:member",
        id="user_id",
        label="user__email",
    ),
}


def register_places() -> None:
    """Name those of this app."""
    for name, kind in PLACES.items():
        register_place(name, kind)
