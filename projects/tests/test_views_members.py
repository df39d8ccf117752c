"""The pages on which members are invited, changed and removed, by those who may."""

import re
from http import HTTPStatus
from uuid import UUID

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from askorac.jobs.models import Job
from askorac.jobs.tasks import run_job
from askorac.tenancy.context import tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer, new_project
from projects import organizations
from projects.api_keys import create_api_key
from projects.membership.members import TRANSFERRED
from projects.models import Invitation, Member, ProjectMember, User

MEMBERS = reverse("projects:members")
INVITE = reverse("projects:invite")


def at(name: str, *ids: object) -> str:
    return reverse(f"projects:{name}", args=ids)


def id_of(customer: Customer, user: User) -> UUID:
    with tenant(customer.id):
        return Member.objects.get(user_id=user.pk).pk


def role_of(customer: Customer, user: User) -> str:
    with tenant(customer.id):
        member = Member.objects.filter(user_id=user.pk).first()
    return member.role if member else "none"


def said(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_members_are_listed_with_their_roles_and_nobody_elses(
    organization: Customer, stranger: Customer
) -> None:
    viewer = new_member(organization, "viewer")
    page = browser(viewer).get(MEMBERS).content.decode()
    assert (organization.owner.email in page, viewer.email in page) == (True, True)
    assert (stranger.owner.email in page, "Invite member" in page) == (False, False)
    assert page.index(organization.owner.email) < page.rindex(viewer.email)
    admin = browser(new_member(organization, "admin"))
    assert "Invite member" in admin.get(MEMBERS).content.decode()


def test_members_are_listed_page_by_page_and_found_by_words(
    organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organizations, "PAGE", 2)
    others = [new_member(organization, "viewer") for _ in range(3)]
    project, client = new_project(organization), browser(organization.owner)
    for path in (MEMBERS, at("project_members", project.pk)):
        first = client.get(path).content.decode()
        (later,) = re.findall(r'href="\?(after=[^"]+)"', first)
        second = client.get(f"{path}?{later}").content.decode()
        shown = [[each.email in page for each in others] for page in (first, second)]
        assert shown == [[True, False, False], [False, True, True]]
        found = client.get(path, {"words": others[2].email.upper()}).content.decode()
        assert [each.email in found for each in others] == [False, False, True]
        assert "No such members" in client.get(path, {"words": "nobody at all"}).content.decode()
        assert client.get(path, {"after": "made up"}).status_code == HTTPStatus.NOT_FOUND


def test_what_each_member_sees_stands_on_the_page(organization: Customer) -> None:
    names = ("Alpha", "Beta", "Gamma", "Delta", "Epsilon")
    projects = {name: new_project(organization, name) for name in names}
    banned = new_member(organization, "viewer", reads_conversations=True)
    limited = new_member(organization, "editor", is_limited=True)
    client = browser(organization.owner)
    assert said(client.get(MEMBERS).content.decode()).count("All projects") == 2
    for name in names[:4]:
        path = at("project_member", projects[name].pk, id_of(organization, limited))
        client.post(path, {"role": "viewer", "reads_conversations": "on"})
    for name, role in (("Alpha", "none"), ("Beta", "editor")):
        path = at("project_member", projects[name].pk, id_of(organization, banned))
        client.post(path, {"role": role})
    page = said(client.get(MEMBERS).content.decode())
    assert (
        "4 of 5 projects, conversations Editor without conversations in Beta Does not see Alpha"
        in page
    )
    assert "4 of 5 projects Viewer with conversations in Alpha, Beta, Delta and 1 more" in page
    assert page.count("All projects") == 1
    others = said(browser(new_member(organization, "viewer")).get(MEMBERS).content.decode())
    assert "Alpha" not in others.partition("Members")[2].partition("Sees")[2]


def test_page_of_members_takes_as_many_statements_for_many_roles(organization: Customer) -> None:
    client, counts = browser(organization.owner), []
    client.get(MEMBERS)
    for _ in range(2):
        viewer = id_of(organization, new_member(organization, "viewer"))
        path = at("project_member", new_project(organization).pk, viewer)
        client.post(path, {"role": "editor"})
        client.get(MEMBERS)
        with CaptureQueriesContext(connection) as statements:
            client.get(MEMBERS)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_roles_in_projects_that_are_not_shown_stay(organization: Customer) -> None:
    first, second = new_project(organization, "First"), new_project(organization, "Second")
    viewer, client = new_member(organization, "viewer"), browser(organization.owner)
    path = at("member", id_of(organization, viewer))
    roles = {f"role_{first.pk.hex}": "editor", f"role_{second.pk.hex}": "none"}
    assert client.post(path, {"role": "viewer", **roles})["Location"] == MEMBERS
    page = client.get(path, {"words": "SECOND"}).content.decode()
    assert (f"role_{first.pk.hex}" in page, f"role_{second.pk.hex}" in page) == (False, True)
    only = {"role": "viewer", f"role_{second.pk.hex}": ""}
    assert client.post(path, only)["Location"] == MEMBERS
    with tenant(organization.id):
        rows = ProjectMember.objects.values_list("project_id", "role")
        assert list(rows) == [(first.pk, "editor")]


def test_last_owner_is_not_offered_to_leave(organization: Customer) -> None:
    client = browser(organization.owner)
    assert "The last owner can" in client.get(MEMBERS).content.decode()
    new_member(organization, "owner")
    assert "The last owner can" not in client.get(MEMBERS).content.decode()


def test_member_of_some_projects_sees_nobody_else(organization: Customer) -> None:
    project, guest = new_project(organization), new_member(organization, "viewer")
    client = browser(organization.owner)
    chosen = {"role": "viewer", "is_limited": "on", f"role_{project.pk.hex}": "editor"}
    answer = client.post(at("member", id_of(organization, guest)), chosen)
    assert answer["Location"] == MEMBERS
    with tenant(organization.id):
        assert ProjectMember.objects.get().role == "editor"
    page = browser(guest).get(MEMBERS).content.decode()
    assert (guest.email in page, organization.owner.email in page) == (True, False)


def test_member_is_invited_again_and_withdrawn(organization: Customer) -> None:
    project, client = new_project(organization), browser(organization.owner)
    wanted = {"email": "ada@guest.example", "role": "editor", "projects": [str(project.pk)]}
    assert client.post(INVITE, wanted)["Location"] == MEMBERS
    with tenant(organization.id):
        invitation = Invitation.objects.get()
    assert (invitation.is_limited, invitation.project_ids) == (True, [project.pk])
    page = said(client.get(MEMBERS).content.decode())
    assert "ada@guest.example" in page
    assert "1 project" in page
    assert client.post(at("repeat_invitation", invitation.pk))["Location"] == MEMBERS
    assert client.post(at("withdraw_invitation", invitation.pk))["Location"] == MEMBERS
    assert client.post(at("withdraw_invitation", invitation.pk)).status_code == 404
    with tenant(organization.id):
        assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("email", "told"),
    [
        ("", "Give the address"),
        ("nobody", "not an email address"),
        ("OWNER", "belongs to a member already"),
    ],
)
def test_unusable_invitation_keeps_what_was_typed(
    organization: Customer, email: str, told: str
) -> None:
    email = organization.owner.email if email == "OWNER" else email
    answer = browser(organization.owner).post(INVITE, {"email": email, "role": "viewer"})
    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_admin_can_not_make_change_or_remove_an_owner(organization: Customer) -> None:
    admin, viewer = new_member(organization, "admin"), new_member(organization, "viewer")
    client, owner = browser(admin), id_of(organization, organization.owner)
    made = client.post(at("member", id_of(organization, viewer)), {"role": "owner"})
    invited = client.post(INVITE, {"email": "eve@guest.example", "role": "owner"})
    assert (made.status_code, invited.status_code) == (422, 422)
    assert client.post(at("member", owner), {"role": "viewer"}).status_code == 403
    assert client.post(at("remove_member", owner)).status_code == 403
    assert client.post(at("transfer", id_of(organization, viewer))).status_code == 403
    assert role_of(organization, organization.owner) == "owner"
    assert "Only owners change an owner" in client.get(at("member", owner)).content.decode()


def test_removed_member_sees_nothing_from_the_next_page_on(organization: Customer) -> None:
    viewer = new_member(organization, "viewer")
    theirs, client = browser(viewer), browser(organization.owner)
    assert theirs.get("/app/").status_code == 200
    path = at("remove_member", id_of(organization, viewer))
    assert "Remove" in client.get(path).content.decode()
    assert client.post(path)["Location"] == MEMBERS
    assert theirs.get("/app/")["Location"] == reverse("projects:organizations")


def test_owner_transfers_and_leaves_and_the_last_one_stays(
    organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    mail.outbox = []
    heir, client = new_member(organization, "editor"), browser(organization.owner)
    last = client.post(at("leave"), follow=True)
    assert "last owner" in last.content.decode()
    with tenant(organization.id):
        key = {"name": "Nightly", "rights": "read", "project": None, "now": timezone.now()}
        create_api_key(**key, by=organization.actor, is_owners=True)
    one = at("transfer", id_of(organization, heir))
    assert "1 API key that you made goes on" in said(client.get(one).content.decode())
    assert client.post(one)["Location"] == MEMBERS
    with tenant(organization.id):
        job = Job.objects.get(kind=TRANSFERRED)
    run_job(str(organization.id), str(job.pk))
    sent = [letter for letter in mail.outbox if organization.owner.email in letter.body]
    assert [letter.to for letter in sent] == [[heir.email], [organization.owner.email]]
    assert role_of(organization, heir) == "owner"
    assert role_of(organization, organization.owner) == "admin"
    assert client.post(at("leave"))["Location"] == reverse("projects:organizations")
    assert role_of(organization, organization.owner) == "none"


def test_role_in_a_project_is_given_on_its_page(organization: Customer) -> None:
    project, viewer = new_project(organization), new_member(organization, "viewer")
    client, path = browser(organization.owner), at("project_members", project.pk)
    one = at("project_member", project.pk, id_of(organization, viewer))
    assert client.post(one, {"role": "none"})["Location"] == path
    assert "Does not see it" in client.get(path).content.decode()
    assert browser(viewer).get(at("overview", project.pk)).status_code == 404
    assert client.post(one, {"role": ""})["Location"] == path
    assert browser(viewer).get(at("overview", project.pk)).status_code == 200
    assert browser(viewer).get(path).status_code == 403
