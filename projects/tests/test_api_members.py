"""Members and invitations, by programs: what an owner's key changes and no other does."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer, new_project
from askorac.testing.programs import Program, new_program
from projects.api_keys import create_api_key
from projects.membership import invitations
from projects.models import AuditEvent, Member, User
from projects.trail.recording import Actor


@pytest.fixture
def api(organization: Customer) -> Program:
    return new_program(organization)


def path_of(customer: Customer, user: User) -> str:
    with tenant(customer.id):
        return f"members/{Member.objects.get(user_id=user.pk).pk}/"


def test_members_are_listed_and_read(organization: Customer, api: Program) -> None:
    viewer = new_member(organization, "viewer", reads_conversations=True)
    listed = api("GET", "members/").json()["results"]
    assert [(each["email"], each["role"]) for each in listed] == [
        (viewer.email, "viewer"),
        (organization.owner.email, "owner"),
    ]
    one = api("GET", path_of(organization, viewer)).json()
    assert one == {**listed[0], "projects": []}
    assert (one["name"], one["reads_conversations"]) == ("The viewer", True)


def test_member_is_changed_in_what_is_named(organization: Customer, api: Program) -> None:
    project, viewer = new_project(organization), new_member(organization, "viewer")
    path = path_of(organization, viewer)
    own = {"project_id": str(project.pk), "role": "editor", "reads_conversations": True}
    changed = api("PATCH", path, {"is_limited": True, "projects": [own]}).json()
    assert (changed["role"], changed["is_limited"]) == ("viewer", True)
    assert changed["projects"] == [own]
    changed = api("PATCH", path, {"role": "editor"}).json()
    assert (changed["role"], changed["is_limited"], changed["projects"]) == ("editor", True, [own])
    wrong: list[dict[str, Any]] = [
        {"role": "king"},
        {"projects": [{**own, "project_id": str(uuid4())}]},
        {"projects": [own, own]},
        {"projects": [{"project_id": str(project.pk)}]},
        {"reads_conversations": "yes"},
    ]
    assert [api("PATCH", path, each).status_code for each in wrong] == [400] * 5


def test_member_is_removed_and_the_last_owner_is_not(organization: Customer, api: Program) -> None:
    viewer = new_member(organization, "viewer")
    path, theirs = path_of(organization, viewer), browser(viewer)
    assert api("DELETE", path).status_code == 204
    assert api("DELETE", path).status_code == 404
    assert theirs.get("/app/").status_code == 302
    owner = path_of(organization, organization.owner)
    for answer in (api("DELETE", owner), api("PATCH", owner, {"role": "admin"})):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")
    with tenant(organization.id):
        event = AuditEvent.objects.get(action="member.removed")
    assert event.actor_kind == "api_key"


def test_only_an_owners_key_changes_members(organization: Customer) -> None:
    viewer = new_member(organization, "viewer")
    admins = new_program(organization, is_owners=False)
    path = path_of(organization, viewer)
    assert admins("GET", path).status_code == 200
    wanted = {"email": "ada@guest.example", "role": "viewer"}
    refused = [
        admins("PATCH", path, {"role": "owner"}),
        admins("DELETE", path),
        admins("GET", "invitations/"),
        admins("POST", "invitations/", wanted),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4


def test_key_of_who_was_an_owner_changes_no_members(organization: Customer) -> None:
    partner = new_member(organization, "owner")
    path, own = path_of(organization, partner), path_of(organization, organization.owner)
    by = Actor(kind="member", id=partner.pk, label=partner.email)
    with tenant(organization.id):
        made_key = create_api_key(
            name="Partner's",
            rights="write",
            project=None,
            by=by,
            is_owners=True,
            now=timezone.now(),
        )
    program = Program(made_key.key)
    made = program("POST", "api-keys/", {"name": "Another", "rights": "write"}).json()
    keys = (program, Program(made["key"]))
    assert [key("PATCH", own, {"role": "owner"}).status_code for key in keys] == [200, 200]
    assert new_program(organization)("PATCH", path, {"role": "admin"}).status_code == 200
    assert [key("PATCH", path, {"role": "owner"}).status_code for key in keys] == [403, 403]
    assert [key("GET", "members/").status_code for key in keys] == [200, 200]


def test_invitation_is_sent_again_and_withdrawn(organization: Customer, api: Program) -> None:
    project = new_project(organization)
    wanted = {
        "email": f"{uuid4().hex}@guest.example",
        "role": "editor",
        "project_ids": [str(project.pk)],
    }
    made = api("POST", "invitations/", wanted)
    assert made.status_code == 201
    row = made.json()
    assert {name: row[name] for name in wanted} == wanted
    assert "token" not in str(row)
    assert api("GET", "invitations/").json()["results"] == [row]
    path = f"invitations/{UUID(row['id'])}/"
    again = api("POST", f"{path}send/").json()
    assert (again["id"], again["expires_at"] > row["expires_at"]) == (row["id"], True)
    assert api("DELETE", path).status_code == 204
    assert api("GET", path).status_code == 404


def test_unusable_invitation_says_which_field(
    organization: Customer, api: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {"email": f"{uuid4().hex}@guest.example", "role": "viewer"}
    for body, field in (
        ({**wanted, "email": "nobody"}, "email"),
        ({**wanted, "email": organization.owner.email}, "email"),
        ({**wanted, "project_ids": [str(uuid4())]}, "project_ids"),
    ):
        answer = api("POST", "invitations/", body)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    monkeypatch.setattr(invitations, "AN_ORGANIZATION", 0)
    answer = api("POST", "invitations/", wanted)
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
