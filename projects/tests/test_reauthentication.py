"""What can't be undone asks who it is, when the last login is some time ago."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser
from askorac.testing.people import PASSWORD, Customer
from projects.models import ApiKey, Project

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


@pytest.mark.parametrize(("age", "made"), [(IN_TIME, 1), (FILLING, 0)], ids=["in-time", "late"])
def test_button_leads_back_to_its_page(organization: Customer, age: timedelta, made: int) -> None:
    path = "/app/organization/api-keys/"
    owner = browser(organization.owner, age=age)
    assert owner.get(path).status_code == 200
    told = owner.post(path, {"name": "Website", "rights": "read"})
    assert told.headers.get("Location") == (None if made else asking(path))
    with tenant(organization.id):
        assert ApiKey.objects.count() == made


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
