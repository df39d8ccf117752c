"""What can't be undone asks who it is, when the last login is some time ago."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import PASSWORD, Customer
from projects.models import ApiKey, Invitation, Member, Project, StaffRule
from projects.reauthentication import DO_IT_AGAIN

if TYPE_CHECKING:
    from projects.models import Project as ProjectRow

IN_TIME, FILLING, LATE = timedelta(minutes=14), timedelta(minutes=29), timedelta(minutes=31)
ASKING = "/accounts/reauthenticate/"


def asking(path: str) -> str:
    return f"{ASKING}?{urlencode({'next': path})}"


def test_member_is_asked_before_the_form_and_comes_back_to_it(
    organization: Customer, project: ProjectRow
) -> None:
    path = f"/app/projects/{project.pk}/delete/"
    owner = browser(organization.owner, age=FILLING)
    assert owner.get(path)["Location"] == asking(path)
    told = owner.post(ASKING, {"password": PASSWORD, "next": path})
    assert (told.status_code, told["Location"]) == (302, path)
    assert owner.get(path).status_code == 200


def test_form_that_was_opened_in_time_may_be_sent(
    organization: Customer, project: ProjectRow
) -> None:
    path = f"/app/projects/{project.pk}/delete/"
    late = browser(organization.owner, age=LATE)
    assert late.post(path, {"name": project.name})["Location"] == asking(path)
    with tenant(organization.id):
        assert Project.objects.count() == 1
    filling = browser(organization.owner, age=FILLING)
    overview = f"/app/projects/{project.pk}/"
    assert filling.post(path, {"name": project.name})["Location"] == overview


def test_rule_for_staff_is_changed_by_who_is_known_to_ask(organization: Customer) -> None:
    path = "/app/organization/staff-access/"
    late = browser(organization.owner, age=FILLING)
    assert late.post(path, {"rule": "allow"})["Location"] == asking(path)
    with tenant(organization.id):
        assert not StaffRule.objects.exists()


@pytest.mark.parametrize(("age", "made"), [(IN_TIME, 1), (FILLING, 0)], ids=["in-time", "late"])
def test_button_leads_back_to_its_page(organization: Customer, age: timedelta, made: int) -> None:
    path = "/app/organization/api-keys/"
    owner = browser(organization.owner, age=age)
    assert owner.get(path).status_code == 200
    told = owner.post(path, {"name": "Website", "rights": "read"})
    assert told.headers.get("Location") == (None if made else asking(path))
    with tenant(organization.id):
        assert ApiKey.objects.count() == made


def test_what_is_to_be_done_again_is_said_after_the_question(organization: Customer) -> None:
    path = "/app/organization/api-keys/"
    owner = browser(organization.owner, age=FILLING)
    owner.post(path, {"name": "Website", "rights": "read"})
    assert DO_IT_AGAIN not in owner.get(asking(path)).content.decode()
    owner.post(ASKING, {"password": PASSWORD, "next": path})
    assert DO_IT_AGAIN in owner.get(path).content.decode()


def test_who_is_an_owner_is_changed_by_who_is_known_to_ask(organization: Customer) -> None:
    viewer, other = new_member(organization, "viewer"), new_member(organization, "owner")
    late = browser(organization.owner, age=FILLING)
    members = "/app/organization/members/"
    with tenant(organization.id):
        of_viewer, of_other = (Member.objects.get(user_id=each.pk).pk for each in (viewer, other))
    for path, role in [(f"{members}{of_viewer}/", "owner"), (f"{members}{of_other}/", "viewer")]:
        assert late.post(path, {"role": role})["Location"] == asking(path)
    invite, invited = "/app/organization/invitations/", {"email": "e@x.example", "role": "owner"}
    assert late.post(invite, invited)["Location"] == asking(invite)
    with tenant(organization.id):
        assert Member.objects.filter(role="owner").count() == 2
        assert not Invitation.objects.exists()
    assert late.post(f"{members}{of_viewer}/", {"role": "editor"})["Location"] == members


def test_part_of_a_page_makes_the_browser_leave_it(
    organization: Customer, project: ProjectRow
) -> None:
    path = f"/app/projects/{project.pk}/conversations/delete/?all=1"
    told = browser(organization.owner, age=LATE).get(path, headers={"HX-Request": "true"})
    assert (told.status_code, told["HX-Redirect"]) == (204, asking(path))


def test_session_of_another_person_is_no_authentication(
    organization: Customer, stranger: Customer
) -> None:
    owner = browser(organization.owner)
    owner.force_login(stranger.owner, backend="projects.demo_login.AuthenticationBackend")
    path = "/app/organization/api-keys/"
    assert owner.post(path, {"name": "Website", "rights": "read"})["Location"] == asking(path)
