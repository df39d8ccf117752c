"""Projects while the key to what they say is away, and the trail of what is done meanwhile."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.keys import taken_away
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from projects.api_keys import create_api_key
from projects.changes import change_project
from projects.look import GREETING, Look
from projects.models import ApiKey, AuditEvent, Project
from projects.settings import Settings
from projects.trail.searching import Wanted, read_trail

WORDS = {
    "greeting": "Ahoy, canary.",
    "suggestions": ["A canary?"],
    "instructions": "Be a canary.",
    "unanswered_text": "Ask the canary.",
}


@pytest.fixture
def talking(organization: Customer, project: Project) -> Project:
    """A project whose owner has said all that can be said."""
    with tenant(organization.id):
        change_project(project=project, wanted=WORDS, by=organization.actor, now=timezone.now())
    return project


def test_words_of_a_project_lie_sealed(organization: Customer, talking: Project) -> None:
    with tenant(organization.id):
        row = Project.objects.get(pk=talking.pk)
        stored = [bytes(getattr(row, name).blob) for name in WORDS]
        look, settings = Look.of(row), Settings.of(row)
    assert [blob for blob in stored if b"canary" in blob] == []
    assert (look.greeting, list(look.suggestions)) == (WORDS["greeting"], WORDS["suggestions"])
    assert (settings.instructions, settings.unanswered_text) == (
        WORDS["instructions"],
        WORDS["unanswered_text"],
    )


def test_new_project_greets_without_a_word_of_its_owner(
    organization: Customer, project: Project
) -> None:
    assert (Look.of(project).greeting, bool(project.greeting)) == (GREETING, False)
    assert Look.closed(project).greeting == ""


@pytest.mark.parametrize(
    ("name", "status"),
    [("overview", 200), ("look", 423), ("settings", 423), ("delete", 200)],
)
def test_page_of_a_project_whose_key_is_away(
    organization: Customer, talking: Project, name: str, status: int
) -> None:
    with taken_away(organization.id):
        page = browser(organization.owner).get(reverse(f"projects:{name}", args=[talking.pk]))
    text = page.content.decode()
    assert (page.status_code, "canary" in text) == (status, False)
    assert ("This content is closed" in text) == (status == 423)


def test_organizations_pages_while_the_key_is_away(
    organization: Customer, talking: Project
) -> None:
    names = ("list", "organization", "api_keys", "account", "new", "trail")
    with taken_away(organization.id):
        client = browser(organization.owner)
        found = {name: client.get(reverse(f"projects:{name}")).status_code for name in names}
    assert found == dict.fromkeys(names, 200) | {"trail": 423}


def test_program_is_told_and_may_delete(organization: Customer, talking: Project) -> None:
    program, path = new_program(organization), f"projects/{talking.pk}/"
    asked: list[tuple[Any, ...]] = [("GET", "projects/"), ("GET", path), ("PATCH", path, WORDS)]
    with taken_away(organization.id):
        answers = [program(*each) for each in asked]
        deleted = program("DELETE", path)
    assert [(each.status_code, each.json()["code"]) for each in answers] == [
        (423, "key_revoked")
    ] * 3
    assert deleted.status_code == 202  # it goes after the grace period


def test_change_that_can_not_be_sealed_changes_nothing(
    organization: Customer, talking: Project
) -> None:
    form = {"name": "Other", "instructions": "Be another canary.", "group": "general"}
    path = reverse("projects:settings", args=[talking.pk])
    client = browser(organization.owner)
    page = client.get(path).content.decode()
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    with taken_away(organization.id):
        refused = client.post(path, {**form, "seen": seen})
    assert (refused.status_code, b"Nothing was changed" in refused.content) == (423, True)
    with tenant(organization.id):
        assert Project.objects.get().name == talking.name
    assert client.post(path, {**form, "seen": seen}).status_code == 302


def test_api_key_is_revoked_while_the_key_is_away(organization: Customer) -> None:
    with tenant(organization.id):
        made = create_api_key(
            name="Canary",
            rights="read",
            project=None,
            by=organization.actor,
            now=timezone.now(),
        )
    path = reverse("projects:revoke_api_key", args=[made.row.pk])
    with taken_away(organization.id):
        assert browser(organization.owner).post(path).status_code == 302
    with tenant(organization.id):
        assert ApiKey.objects.get(pk=made.row.pk).revoked_at is not None
        events = {each.action: each for each in read_trail(wanted=Wanted()).events}
        row = AuditEvent.objects.get(action="api_key.revoked")
    assert (events["api_key.created"].target, events["api_key.revoked"].target) == ("Canary",) * 2
    assert (row.target_id, row.remarks) == (made.row.pk, {"unnamed": True})
    told = [("recorded while the key was away, without names", "yes")]
    assert [(each.name, each.value) for each in events["api_key.revoked"].details] == told


def test_trail_lies_sealed(organization: Customer, talking: Project) -> None:
    with tenant(organization.id):
        rows = list(AuditEvent.objects.exclude(action="organization.created"))
    blobs = [bytes(each.target_label.blob or b"") for each in rows]
    assert len(blobs) == 3 and all(blobs)
    assert [blob for blob in blobs if talking.name.encode() in blob] == []
