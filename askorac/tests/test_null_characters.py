"""A NUL, which PostgreSQL keeps in no text, behind the question mark of every address."""

from typing import Final
from uuid import uuid4

from django.test import Client
from django.urls import NoReverseMatch, reverse

from askorac.tenancy.context import tenant
from askorac.testing.doors import Door, walk
from askorac.testing.people import Customer
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


def test_every_address_refuses_a_null_character() -> None:
    client = Client(SERVER_NAME="localhost")
    paths = {path_of(door) for door in walk()} - {""}
    assert {"/admin/jobs/job/", "/app/organization/members/", "/api/v1/projects/"} <= paths
    answers = {path: client.get(f"{path}?words=a%00b").status_code for path in paths}
    assert {path: status for path, status in answers.items() if status != 400} == {}


def test_members_are_looked_for_without_null_characters(organization: Customer) -> None:
    with tenant(organization.id):
        found = read_members(words=f"{organization.owner.email[:8]}\0 ")
    assert [each.user_id for each in found.members] == [organization.owner.pk]
