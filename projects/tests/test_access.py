"""What a member may do, in the organization and in a project where the role is another one."""

from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer, new_customer, new_project
from projects.models import Member, Project, ProjectMember, User
from projects.rights import OF_ROLE, RIGHTS, rights_of


@dataclass(frozen=True)
class House:
    """An organization with two projects, and a viewer of it."""

    customer: Customer
    first: Project
    second: Project
    viewer: User

    def give(self, project: Project, role: str, *, reads: bool = False) -> None:
        """Another role in one project for the viewer, in the place of what it was."""
        with tenant(self.customer.id):
            member = Member.objects.get(user_id=self.viewer.pk)
            ProjectMember.objects.filter(project=project, member=member).delete()
            ProjectMember.objects.create(
                project=project, member=member, role=role, reads_conversations=reads
            )


@pytest.fixture
def house() -> House:
    customer = new_customer()
    return House(
        customer,
        new_project(customer, "First desk"),
        new_project(customer, "Second desk"),
        new_member(customer, "viewer"),
    )


def status(client: Client, name: str, project_id: object) -> int:
    return client.get(reverse(name, args=[project_id])).status_code


def test_rights_grow_with_the_role() -> None:
    viewer, editor, admin, owner = (
        OF_ROLE[role] for role in ("viewer", "editor", "admin", "owner")
    )
    assert viewer < editor < admin < owner == set(RIGHTS)
    assert owner - admin == {"organization.delete"}


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_conversations_are_read_by_whom_it_was_given(role: str) -> None:
    given = rights_of(role, reads_conversations=True) - rights_of(role, reads_conversations=False)
    assert "conversations.read" in given
    assert ("conversations.delete" in given) == (role == "editor")


def test_project_role_lifts_in_that_project_alone(house: House) -> None:
    client = browser(house.viewer)
    assert status(client, "projects:settings", house.first.pk) == 403
    house.give(house.first, "editor")
    assert status(client, "projects:settings", house.first.pk) == 200
    assert status(client, "projects:settings", house.second.pk) == 403
    assert status(client, "conversations:list", house.first.pk) == 403
    assert client.get(reverse("projects:new")).status_code == 403
    house.give(house.first, "viewer", reads=True)
    assert status(client, "conversations:list", house.first.pk) == 200
    assert status(client, "conversations:list", house.second.pk) == 403
    house.give(house.first, "admin")
    assert status(client, "projects:delete", house.first.pk) == 200
    assert client.get(reverse("projects:trail")).status_code == 403


def test_project_that_is_not_there_for_a_member_is_like_one_that_does_not_exist(
    house: House,
) -> None:
    house.give(house.first, "none")
    client = browser(house.viewer)
    for name in ("projects:overview", "knowledge:sources", "projects:settings"):
        told = [client.get(reverse(name, args=[pk])) for pk in (house.first.pk, uuid4())]
        assert told[0].status_code == told[1].status_code
        assert told[0].content == told[1].content
    assert status(client, "projects:overview", house.first.pk) == 404
    listed = client.get(reverse("projects:list")).content.decode()
    assert ("Second desk" in listed, "First desk" in listed) == (True, False)


def test_role_in_a_project_takes_nothing_from_an_admin(house: House) -> None:
    house.give(house.first, "none")
    assert status(browser(house.customer.owner), "projects:overview", house.first.pk) == 200
