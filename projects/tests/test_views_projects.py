"""The pages of projects, asked for by those who may, may not and must not see them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from lxml import html

from askorac.tenancy.context import tenant
from askorac.testing.pages import answers, browser, new_member
from askorac.testing.people import Customer, new_project
from projects.deletion import schedule_project
from projects.models import AuditEvent, Project
from projects.views import dashboard, frame

OPEN = {"owner": 200, "viewer": 200, "stranger": 200, "nobody": 302}
SEEN = {"owner": 200, "viewer": 200, "stranger": 404, "nobody": 302}
EDITED = {"owner": 200, "viewer": 403, "stranger": 404, "nobody": 302}


def projects_of(customer: Customer) -> list[str]:
    with tenant(customer.id):
        return [project.name for project in Project.objects.order_by("created_at")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("overview", SEEN),
        ("settings", EDITED),
        ("delete", EDITED),
    ],
)
def test_page_of_a_project_by_person(
    organization: Customer,
    stranger: Customer,
    project: Project,
    name: str,
    expected: dict[str, int],
) -> None:
    path = reverse(f"projects:{name}", args=[project.pk])
    assert answers(organization, stranger, "GET", path) == expected


def test_page_of_no_project_by_person(organization: Customer, stranger: Customer) -> None:
    new = {**OPEN, "viewer": 403}
    paths = [(reverse("projects:list"), OPEN), (reverse("projects:account"), OPEN)]
    for path, expected in [*paths, (reverse("projects:new"), new)]:
        assert answers(organization, stranger, "GET", path) == expected


@pytest.mark.parametrize("name", ["overview", "settings", "delete"])
def test_wrong_method_is_refused(organization: Customer, project: Project, name: str) -> None:
    path = reverse(f"projects:{name}", args=[project.pk])
    assert browser(organization.owner).put(path).status_code == 405


def test_list_shows_the_organizations_projects_alone(
    organization: Customer, stranger: Customer
) -> None:
    new_project(organization, "Night trains")
    new_project(stranger, "Rival plans")
    page = browser(organization.owner).get(reverse("projects:list")).content.decode()
    assert ("Night trains" in page, "Rival plans" in page) == (True, False)


def test_list_takes_as_many_statements_for_three_projects_as_for_one(
    organization: Customer,
) -> None:
    client = browser(organization.owner)
    counts = []
    for count in (1, 2):
        for number in range(count):
            new_project(organization, f"Project {number}")
        with CaptureQueriesContext(connection) as statements:
            client.get(reverse("projects:list"))
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_list_without_projects_offers_the_first_one(organization: Customer) -> None:
    page = browser(organization.owner).get(reverse("projects:list")).content.decode()
    assert "Make your first project" in page
    viewer = new_member(organization, "viewer")
    page = browser(viewer).get(reverse("projects:list")).content.decode()
    assert reverse("projects:new") not in page


def test_name_with_markup_is_shown_as_text(organization: Customer) -> None:
    new_project(organization, "<script>alert(1)</script>")
    page = browser(organization.owner).get(reverse("projects:list")).content.decode()
    assert ("<script>alert" in page, "&lt;script&gt;alert(1)" in page) == (False, True)


def test_new_project_is_made_and_named_on_the_next_page(organization: Customer) -> None:
    client = browser(organization.owner)
    answer = client.post(reverse("projects:new"), {"name": "  Night   trains "}, follow=True)
    with tenant(organization.id):
        project = Project.objects.get()
        event = AuditEvent.objects.get(action="project.created")
    assert answer.redirect_chain == [(reverse("projects:overview", args=[project.pk]), 302)]
    assert "“Night trains” was created." in answer.content.decode()
    assert (event.actor_label, event.target_label.open()) == (
        organization.owner.email,
        "Night trains",
    )


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\0b"])
def test_new_project_with_unusable_name_is_told_why(organization: Customer, name: str) -> None:
    answer = browser(organization.owner).post(reverse("projects:new"), {"name": name})
    assert (answer.status_code, projects_of(organization)) == (422, [])
    assert 'id="id_name_error"' in answer.content.decode()


def test_new_project_by_a_viewer_is_refused(organization: Customer) -> None:
    viewer = new_member(organization, "viewer")
    answer = browser(viewer).post(reverse("projects:new"), {"name": "Night trains"})
    assert (answer.status_code, projects_of(organization)) == (403, [])


def test_delete_with_another_name_keeps_the_project(
    organization: Customer, project: Project
) -> None:
    path = reverse("projects:delete", args=[project.pk])
    answer = browser(organization.owner).post(path, {"name": "help desk"})
    assert (answer.status_code, projects_of(organization)) == (422, ["Help desk"])


def test_delete_with_its_name_can_be_taken_back(organization: Customer, project: Project) -> None:
    path = reverse("projects:delete", args=[project.pk])
    answer = browser(organization.owner).post(path, {"name": "Help desk"}, follow=True)
    assert answer.redirect_chain == [(reverse("projects:overview", args=[project.pk]), 302)]
    assert "“Help desk” is closed for visitors now, and will be deleted on" in (
        answer.content.decode()
    )
    rename = reverse("projects:settings", args=[project.pk])
    refused = browser(organization.owner).post(rename, {"group": "general", "name": "Other"})
    assert (refused.status_code, b"is to be deleted" in refused.content) == (409, True)
    kept = reverse("projects:take_back", args=[project.pk])
    answer = browser(organization.owner).post(kept, follow=True)
    assert "“Help desk” is kept, and answers again." in answer.content.decode()
    assert projects_of(organization) == ["Help desk"]


def test_delete_by_an_editor_is_refused(organization: Customer, project: Project) -> None:
    path = reverse("projects:delete", args=[project.pk])
    editor = new_member(organization, "editor")
    answer = browser(editor).post(path, {"name": "Help desk"})
    assert (answer.status_code, projects_of(organization)) == (403, ["Help desk"])


def test_delete_as_a_dialog_is_the_form_alone(organization: Customer, project: Project) -> None:
    path = reverse("projects:delete", args=[project.pk])
    answer = browser(organization.owner).get(path, headers={"X-Fragment": "dialog"})
    assert answer.content.decode().startswith('<form class="confirm"')


def test_change_without_csrf_token_is_refused(organization: Customer, project: Project) -> None:
    client = browser(organization.owner, enforce_csrf_checks=True)
    answer = client.post(reverse("projects:delete", args=[project.pk]), {"name": "Help desk"})
    assert (answer.status_code, projects_of(organization)) == (403, ["Help desk"])
    assert "This page was open for too long" in answer.content.decode()


def test_projects_are_listed_page_by_page_and_the_side_has_a_few(
    organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard, "PAGE", 2)
    monkeypatch.setattr(frame, "SIDE", 2)
    made = [new_project(organization, name) for name in ("Delta", "Gamma", "Beta", "Alpha")]
    client = browser(organization.owner)
    first = client.get(reverse("projects:list")).content.decode()
    cards, side = re.compile(r"<h2><a [^>]*>(\w+)<"), re.compile(r'<span dir="auto" title="(\w+)"')
    assert (cards.findall(first), side.findall(first)) == (["Alpha", "Beta"], ["Alpha", "Beta"])
    (before,) = re.findall(r'href="\?(before=[^"]+)"', first)
    assert cards.findall(client.get(f"/app/?{before}").content.decode()) == ["Gamma", "Delta"]
    assert cards.findall(client.get("/app/?words=ELT").content.decode()) == ["Delta"]
    assert client.get("/app/?before=x").status_code == 404
    one = client.get(reverse("projects:overview", args=[made[0].pk])).content.decode()
    assert side.findall(one) == ["Alpha", "Beta", "Delta"]
    assert "All projects" in one


def test_project_that_ends_offers_no_change_and_gives_back_what_was_written(
    organization: Customer, project: Project
) -> None:
    owner = browser(organization.owner)
    with tenant(organization.id):
        schedule_project(project=project, by=organization.actor, now=timezone.now())
    seen = owner.get(reverse("projects:overview", args=[project.pk])).content.decode()
    panels = "".join(
        owner.get(reverse(f"{app}:panel", args=[project.pk])).content.decode()
        for app in ("knowledge", "conversations")
    )
    for offer in ("Add source", "Open playground", "Open install"):
        assert offer not in seen + panels
    assert reverse("leaving:page") in seen
    path, text = reverse("knowledge:text", args=[project.pk]), "Parcels & more. " * 50
    assert owner.get(path).status_code == 409
    refused = owner.post(path, {"title": "Parcels", "text": text})
    page = html.fromstring(refused.content)
    assert refused.status_code == 409
    assert page.xpath("//textarea/text() | //input[@readonly]/@value") == ["Parcels", text]
