"""The page of settings: each group saved by itself, errors under their field, nothing lost."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from askorac.tenancy.context import tenant
from askorac.testing.pages import answers, browser
from askorac.testing.people import Customer
from projects.models import Project
from projects.settings import Settings

HELD = re.compile(r'name="seen" value="([^"]+)"')


def path_of(project: Project) -> str:
    return reverse("projects:settings", args=[project.pk])


def seen_by(page: bytes) -> str:
    found = HELD.search(page.decode())
    assert found is not None
    return found[1]


def send(client: Client, project: Project, group: str, seen: str = "", **fields: str) -> Any:
    """Send a group as the page does; `seen` is an older page's, else the page is opened first."""
    path = path_of(project)
    seen = seen or seen_by(client.get(path).content)
    return client.post(path, {"group": group, "seen": seen, **fields})


def kept(customer: Customer, project: Project) -> Settings:
    with tenant(customer.id):
        return Settings.of(Project.objects.get(pk=project.pk))


def test_group_is_saved_and_named(organization: Customer, project: Project) -> None:
    client = browser(organization.owner)
    fields = {"name": "Support", "instructions": "Be brief."}
    answer = send(client, project, "general", **fields)
    assert (answer.status_code, answer["Location"]) == (302, f"{path_of(project)}#general")
    assert "Saved: name, instructions." in client.get(path_of(project)).content.decode()
    assert kept(organization, project) == Settings(name="Support", instructions="Be brief.")


def test_threshold_is_shown_as_it_was_typed_and_emptied_again(
    organization: Customer, project: Project
) -> None:
    client = browser(organization.owner)
    send(client, project, "answers", answer_floor="0.42")
    assert 'value="0.42"' in client.get(path_of(project)).content.decode()
    send(client, project, "answers", answer_floor="")
    assert kept(organization, project).answer_floor is None


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("answer_floor", "much"),
        ("answer_floor", "7"),
        ("answer_floor", "nan"),
        ("unanswered_text", "x" * 401),
        ("contact_url", "javascript:alert(1)"),
    ],
)
def test_wrong_value_is_told_under_its_field_and_nothing_typed_is_lost(
    organization: Customer, project: Project, field: str, typed: str
) -> None:
    client = browser(organization.owner)
    fields = {"unanswered_text": "Ask us.", "contact_label": "Desk", "contact_url": "a@b.example"}
    answer = send(client, project, "answers", **{**fields, field: typed})
    page = answer.content.decode()
    assert (answer.status_code, f'id="id_{field}_error"' in page) == (422, True)
    for name, value in {**fields, field: typed}.items():
        assert value in page, name
    assert kept(organization, project) == Settings(name="Help desk")


def test_change_over_somebody_elses_is_shown_first_and_saved_then(
    organization: Customer, project: Project
) -> None:
    client = browser(organization.owner)
    old = seen_by(client.get(path_of(project)).content)
    send(client, project, "general", name="Support")
    refused = send(client, project, "general", seen=old, name="Sales")
    page = refused.content.decode()
    assert (refused.status_code, kept(organization, project).name) == (422, "Support")
    assert ("Changed meanwhile to: Support" in page, 'value="Sales"' in page) == (True, True)
    send(client, project, "general", seen=seen_by(refused.content), name="Sales")
    assert kept(organization, project).name == "Sales"


def test_wrong_value_sent_again_still_does_not_overwrite(
    organization: Customer, project: Project
) -> None:
    client = browser(organization.owner)
    old = seen_by(client.get(path_of(project)).content)
    send(client, project, "general", name="Support")
    wrong = send(client, project, "general", seen=old, name=" ")
    again = send(client, project, "general", seen=seen_by(wrong.content), name="Sales")
    assert (again.status_code, kept(organization, project).name) == (422, "Support")


@pytest.mark.parametrize(
    "fields", [{}, {"group": "general"}, {"group": "look", "seen": "x"}, {"seen": "x"}]
)
def test_form_that_is_not_the_pages_is_refused(
    organization: Customer, project: Project, fields: dict[str, str]
) -> None:
    answer: HttpResponse = browser(organization.owner).post(path_of(project), fields)
    assert (answer.status_code, kept(organization, project).name) == (400, "Help desk")


def test_settings_of_a_strangers_project_change_nothing(
    organization: Customer, stranger: Customer, project: Project
) -> None:
    seen = seen_by(browser(organization.owner).get(path_of(project)).content)
    answer = send(browser(stranger.owner), project, "general", seen=seen, name="Taken")
    assert (answer.status_code, kept(organization, project).name) == (404, "Help desk")


def test_models_by_person(organization: Customer, stranger: Customer, project: Project) -> None:
    path = reverse("keys:models", args=[project.pk])
    expected = {"owner": 200, "viewer": 200, "stranger": 404, "nobody": 302}
    assert answers(organization, stranger, "GET", path) == expected
    assert browser(organization.owner).post(path).status_code == 405


def test_models_tell_their_own_threshold(organization: Customer, project: Project) -> None:
    path = reverse("keys:models", args=[project.pk])
    client = browser(organization.owner)
    fragment = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert ("0.34" in fragment, "<html" in fragment) == (True, False)
    assert "<html" in client.get(path).content.decode()
