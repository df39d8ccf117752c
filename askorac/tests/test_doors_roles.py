"""Every address of the dashboard, found by introspection, tried by each member who lacks its right,
and by those for whom the project is not there."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest
from django.test import Client

from askorac.tenancy.context import tenant
from askorac.testing.doors import Door, made_up
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer, new_customer
from projects.access import USERS
from projects.models import Member, ProjectMember, ProjectRole, Role, User
from projects.rights import OF_PROJECT, OF_ROLE, RIGHTS, Right, rights_of

from .test_doors import MEMBERS, METHODS, ids_of, named, seen

pytestmark = pytest.mark.long

KEPT = [door for door in MEMBERS if door.right != USERS]


@dataclass(frozen=True)
class Person:
    """A member, with the rights in the organization and in the project that is tried."""

    name: str
    client: Client
    rights: frozenset[Right]
    here: frozenset[Right]

    def may(self, door: Door) -> bool:
        is_projects = "project_id" in door.parameters and door.right in OF_PROJECT
        return door.right in (self.here if is_projects else self.rights)


@dataclass(frozen=True)
class House:
    """An organization with a row of everything, and its people."""

    ids: dict[str, UUID]
    people: list[Person]
    hidden: dict[str, Client]


@pytest.fixture(scope="module")
def house() -> House:
    customer = new_customer("House")
    ids = ids_of(customer)
    people = [_of_role(customer, role, reads) for role in (*OF_ROLE,) for reads in (False, True)]
    people.append(_placed(customer, ids["project_id"], Role.EDITOR, ProjectRole.VIEWER))
    people.append(_placed(customer, ids["project_id"], Role.VIEWER, ProjectRole.EDITOR))
    people.append(_placed(customer, ids["project_id"], Role.VIEWER, ProjectRole.ADMIN))
    limited = new_member(customer, Role.EDITOR, reads_conversations=True, is_limited=True)
    banned = new_member(customer, Role.EDITOR, reads_conversations=True)
    _place(customer, banned, ids["project_id"], ProjectRole.NONE)
    hidden = {"limited": browser(limited), "banned": browser(banned)}
    return House(ids, people, hidden)


def _of_role(customer: Customer, role: str, reads: bool) -> Person:
    user = new_member(customer, role, reads_conversations=reads)
    rights = rights_of(role, reads_conversations=reads)
    return Person(f"{role}, {reads=}", browser(user), rights, rights)


def _placed(customer: Customer, project_id: UUID, role: str, placed: str) -> Person:
    """One with another role in the project than in the organization."""
    user = new_member(customer, role)
    _place(customer, user, project_id, placed)
    here = rights_of(placed, reads_conversations=False)
    return Person(f"{role}, here {placed}", browser(user), OF_ROLE[role], here)


def _place(customer: Customer, user: User, project_id: UUID, role: str) -> None:
    with tenant(customer.id):
        member = Member.objects.get(user_id=user.pk)
        ProjectMember.objects.create(project_id=project_id, member=member, role=role)


def test_every_right_that_a_door_names_is_one_of_the_table() -> None:
    assert {door.right for door in KEPT} <= set(RIGHTS)


@named(KEPT)
def test_each_member_below_the_right_is_refused(house: House, door: Door) -> None:
    below = [person for person in house.people if not person.may(door)]
    for person in below:
        path = door.path(house.ids)
        told = {m: person.client.generic(m, path).status_code for m in METHODS}
        assert (person.name, set(told.values()) - {403, 405}) == (person.name, set())
        assert (person.name, 403 in told.values()) == (person.name, True)
    names = {person.name.partition(",")[0] for person in below}
    assert door.right == "project.view" or "viewer" in names


@named([door for door in KEPT if "project_id" in door.parameters])
def test_member_without_the_project_is_told_the_same_as_of_none(house: House, door: Door) -> None:
    invented = made_up()
    for name, client in house.hidden.items():
        for method in METHODS:
            told = seen(client, method, door, house.ids)
            assert (name, told) == (name, seen(client, method, door, invented))
            assert told[0] in {403, 404, 405}
