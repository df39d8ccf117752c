"""A NUL, which PostgreSQL keeps in no text, behind the question mark of every address."""

from typing import Final
from uuid import uuid4

from django.test import Client
from django.urls import NoReverseMatch, reverse

from askorac.tenancy.context import tenant
from askorac.testing.doors import Door, walk
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from projects.organizations import read_members

# What may stand in an address in the place of a parameter, in the order in which it is tried.
VALUES: Final = (uuid4(), 7, "x")


def path_of(door: Door) -> str:
    """The address with something made up in it; nobody looks for it before it is refused."""
    for value in VALUES:
        try:
            return reverse(door.name, kwargs=dict.fromkeys(door.parameters, value))
        except NoReverseMatch:
            continue
    return ""


def test_every_page_refuses_a_null_character() -> None:
    client = Client(SERVER_NAME="localhost")
    paths = {path_of(door) for door in walk() if not door.route.startswith("api/")} - {""}
    assert {"/admin/jobs/job/", "/app/organization/members/", "/accounts/login/"} <= paths
    answers = {path: client.get(f"{path}?words=a%00b").status_code for path in paths}
    assert {path: status for path, status in answers.items() if status != 400} == {}


def test_no_endpoint_breaks_by_a_null_character(organization: Customer) -> None:
    program = new_program(organization)
    told = {}
    for door in (each for each in walk() if each.route.startswith("api/") and each.view_class):
        query = getattr(door.view_class, "queries", {}).get("GET")
        path = path_of(door).removeprefix("/api/v1/")
        for name in query().fields if query else ():
            told[door.name, name] = program("GET", f"{path}?{name}=a%00b").status_code
    assert len(told) > 20
    assert {case: status for case, status in told.items() if status not in {400, 404}} == {}


def test_members_are_looked_for_without_null_characters(organization: Customer) -> None:
    with tenant(organization.id):
        found = read_members(words=f"{organization.owner.email[:8]}\0 ")
    assert [each.user_id for each in found.members] == [organization.owner.pk]
