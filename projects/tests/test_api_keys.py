"""API keys: what they are made of, what is kept of them, and when they open nothing any more."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer, new_project
from askorac.testing.programs import Program, new_program
from projects.api_keys import (
    MadeKey,
    create_api_key,
    digest_of,
    is_well_formed,
    list_api_keys,
    new_key,
    note_use,
    revoke_api_key,
)
from projects.lifecycle import delete_project
from projects.models import ApiKey, AuditEvent, Project

PATH = reverse("projects:api_keys")


def make(customer: Customer, *, rights: str = "write", project: Project | None = None) -> MadeKey:
    with tenant(customer.id):
        return create_api_key(
            name="Import", rights=rights, project=project, by=customer.actor, now=timezone.now()
        )


def row_of(customer: Customer) -> ApiKey:
    with tenant(customer.id):
        return ApiKey.objects.get()


def test_key_has_its_shape_and_is_another_one_each_time() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(is_well_formed(key) and len(key) == 46 for key in keys)


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1],
        lambda key: key + "0",
        lambda key: key.replace("orac_sk_", "orac_pk_"),
        lambda key: key.removeprefix("orac_sk_"),
        lambda key: key[:20] + ("a" if key[20] != "a" else "b") + key[21:],
        lambda key: key[:20] + key[21] + key[20] + key[22:] if key[20] != key[21] else "",
        lambda key: key[:20] + "é" + key[21:],
    ],
)
def test_mistyped_key_is_refused_without_the_database(change: object) -> None:
    assert callable(change)
    key = change(new_key())
    assert not is_well_formed(key)
    with CaptureQueriesContext(connections["default"]) as statements:
        assert Program(key.encode().decode("latin1"))("GET", "projects/").status_code == 401
    assert len(statements) == 0


def test_what_is_kept_of_a_key(organization: Customer) -> None:
    made = make(organization)
    row = row_of(organization)
    assert bytes(row.key_sha256) == digest_of(made.key)
    assert row.shown == f"{made.key[:12]}…{made.key[-4:]}"
    assert (row.name, row.rights, row.created_by) == ("Import", "write", organization.actor.label)
    assert made.key not in repr(made)
    with tenant(organization.id):
        event = AuditEvent.objects.get(action="api_key.created")
    assert (event.target_label.open(), event.details.open()) == ("Import", {"rights": "write"})


@pytest.mark.parametrize(("name", "rights"), [("", "read"), ("x" * 81, "read"), ("x", "all")])
def test_key_that_can_not_be_made(organization: Customer, name: str, rights: str) -> None:
    with tenant(organization.id), pytest.raises(ValidationError):
        create_api_key(
            name=name, rights=rights, project=None, by=organization.actor, now=timezone.now()
        )


def test_use_is_noted_once_a_minute(organization: Customer) -> None:
    make(organization)
    now = timezone.now()
    seen = []
    for seconds in (0, 59, 60):
        with tenant(organization.id):
            note_use(ApiKey.objects.get(), now=now + timedelta(seconds=seconds))
        seen.append(row_of(organization).last_used_at)
    assert seen == [now, now, now + timedelta(seconds=60)]


def test_revoked_key_is_refused_at_once(organization: Customer) -> None:
    program = Program(make(organization).key)
    assert program("GET", "projects/").status_code == 200
    for _ in range(2):
        with tenant(organization.id):
            revoke_api_key(api_key=ApiKey.objects.get(), by=organization.actor, now=timezone.now())
    answer = program("GET", "projects/")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    with tenant(organization.id):
        assert AuditEvent.objects.filter(action="api_key.revoked").count() == 1


def test_key_of_a_deleted_project_is_refused(organization: Customer, project: Project) -> None:
    program = new_program(organization, project=project)
    assert program("GET", f"projects/{project.pk}/").status_code == 200
    with tenant(organization.id):
        project.delete()
    assert program("GET", "projects/").status_code == 401


def test_live_keys_are_listed_first(organization: Customer) -> None:
    first, second = make(organization).row, make(organization).row
    with tenant(organization.id):
        revoke_api_key(api_key=second, by=organization.actor, now=timezone.now())
        assert [key.pk for key in list_api_keys()] == [first.pk, second.pk]


def test_page_shows_a_new_key_once(organization: Customer, project: Project) -> None:
    client = browser(organization.owner)
    assert "No keys yet" in client.get(PATH).content.decode()
    form = {"name": "Import", "rights": "read", "project": str(project.pk)}
    page = client.post(PATH, form)
    row = row_of(organization)
    assert (row.name, row.rights, row.project_id) == ("Import", "read", project.pk)
    key = page.content.decode().partition('id="made-key">')[2].partition("<")[0]
    assert digest_of(key) == bytes(row.key_sha256)
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    again = client.get(PATH).content.decode()
    assert (key in again, row.shown in again) == (False, True)


def test_page_refuses_a_strangers_project(organization: Customer, stranger: Customer) -> None:
    form = {"name": "x", "rights": "read", "project": str(new_project(stranger).pk)}
    answer = browser(organization.owner).post(PATH, form)
    with tenant(organization.id):
        assert (answer.status_code, ApiKey.objects.count()) == (422, 0)


def test_page_is_for_those_who_own(organization: Customer) -> None:
    statuses = [
        browser(new_member(organization, role)).get(PATH).status_code
        for role in ("admin", "editor", "viewer")
    ]
    assert statuses == [200, 403, 403]


def test_page_makes_an_owners_key_for_an_owner_only(organization: Customer) -> None:
    form = {"name": "x", "rights": "write", "project": ""}
    for user in (organization.owner, new_member(organization, "admin")):
        browser(user).post(PATH, form)
    with tenant(organization.id):
        keys = ApiKey.objects.order_by("created_at")
        assert list(keys.values_list("is_owners", flat=True)) == [True, False]


def test_page_revokes_a_key(organization: Customer) -> None:
    key = make(organization).row
    path = reverse("projects:revoke_api_key", args=[key.pk])
    client = browser(organization.owner)
    assert "Revoke key" in client.get(path).content.decode()
    page = client.post(path, follow=True).content.decode()
    assert "“Import” was revoked." in page
    assert row_of(organization).revoked_at is not None


def test_page_takes_as_many_statements_for_three_keys_as_for_one(organization: Customer) -> None:
    client = browser(organization.owner)
    counts = []
    for count in (1, 2):
        for _ in range(count):
            make(organization, project=new_project(organization, "One of the same length"))
        with CaptureQueriesContext(connections["default"]) as statements:
            client.get(PATH)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_keys_by_the_api(organization: Customer, project: Project) -> None:
    program = new_program(organization)
    body = {"name": "Reader", "rights": "read", "project_id": str(project.pk)}
    made = program("POST", "api-keys/", body).json()
    assert (made["name"], made["rights"], made["project_id"]) == tuple(body.values())
    reader = Program(made["key"])
    assert reader("GET", "projects/").json()["results"][0]["id"] == str(project.pk)
    listed = program("GET", "api-keys/").json()["results"]
    assert [key["name"] for key in listed] == ["Reader", "A program"]
    assert "key" not in listed[0]
    assert program("DELETE", f"api-keys/{made['id']}/").status_code == 204
    assert reader("GET", "projects/").status_code == 401
    assert program("GET", f"api-keys/{made['id']}/").json()["revoked_at"] is not None


def test_key_does_not_revoke_itself(organization: Customer) -> None:
    program = new_program(organization)
    own = program("GET", "api-keys/").json()["results"][0]["id"]
    answer = program("DELETE", f"api-keys/{own}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "own_key")
    assert program("GET", "projects/").status_code == 200


def test_key_of_a_strangers_project_is_not_made(organization: Customer, stranger: Customer) -> None:
    foreign = {"name": "x", "rights": "read", "project_id": str(new_project(stranger).pk)}
    answer = new_program(organization)("POST", "api-keys/", foreign)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["project_id"])


def test_key_of_a_project_that_is_deleted_meanwhile_is_not_made(
    organization: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def delete() -> None:
        with tenant(organization.id):
            delete_project(project=project, by=organization.actor, now=timezone.now())
        connections.close_all()

    def make(**wanted: Any) -> Any:
        with ThreadPoolExecutor(1) as another:
            another.submit(delete).result()
        return create_api_key(**wanted)

    monkeypatch.setattr("projects.api.api_keys.create_api_key", make)
    body = {"name": "Late", "rights": "read", "project_id": str(project.pk)}
    assert new_program(organization)("POST", "api-keys/", body).status_code == 404


@pytest.mark.parametrize(("rights", "status"), [("write", 200), ("read", 403)])
def test_head_asks_for_what_get_asks_for(
    organization: Customer, project: Project, rights: str, status: int
) -> None:
    program = new_program(organization, rights=rights)
    answers = [program(method, "api-keys/?limit=1") for method in ("HEAD", "GET")]
    assert [answer.status_code for answer in answers] == [status, status]
    assert new_program(organization, project=project)("HEAD", "api-keys/").status_code == 403
