"""A user in several organizations is in one at a time, and in none that they do not belong to."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user
from askorac.tenancy.router import ACCOUNTS
from askorac.testing.pages import browser, new_member
from askorac.testing.people import PASSWORD, Customer
from projects.membership.members import leave_organization
from projects.models import Member, Organization

ALL = "/app/organizations/"


def switch(organization_id: UUID) -> str:
    return reverse("projects:switch_organization", args=[organization_id])


@pytest.fixture
def both(organization: Customer, stranger: Customer) -> Customer:
    """The stranger's organization, to which the owner of the first belongs as a viewer."""
    with tenant(stranger.id, using=ACCOUNTS):
        Member.objects.using(ACCOUNTS).create(
            organization_id=stranger.id,
            user=organization.owner,
            role="viewer",
            created_at=timezone.now(),
        )
    return stranger


def test_user_switches_and_is_what_they_are_there(organization: Customer, both: Customer) -> None:
    client = browser(organization.owner)
    assert client.get("/app/organization/audit/").status_code == 200
    menu = client.get(f"{ALL}menu/").content.decode()
    assert ("Acme" in menu, "Rival" in menu) == (True, True)
    assert client.post(switch(both.id))["Location"] == "/app/"
    page = client.get("/app/organization/")
    assert "Rival" in page.content.decode()
    assert client.get("/app/organization/audit/").status_code == 403
    leave_organization(
        organization_id=both.id,
        user_id=organization.owner.pk,
        by=organization.actor,
        now=timezone.now(),
    )
    assert client.get("/app/organization/audit/").status_code == 200


def test_next_session_begins_in_the_last_organization_and_others_stay(
    organization: Customer, both: Customer
) -> None:
    here, there = logged_in(organization), logged_in(organization)
    assert here.post(switch(both.id))["Location"] == "/app/"
    assert "Acme" in there.get("/app/organization/").content.decode()
    later = logged_in(organization)
    assert "Rival" in later.get("/app/organization/").content.decode()
    leave_organization(
        organization_id=both.id,
        user_id=organization.owner.pk,
        by=organization.actor,
        now=timezone.now(),
    )
    assert "Acme" in logged_in(organization).get("/app/organization/").content.decode()


def logged_in(customer: Customer) -> Client:
    client = browser()
    form = {"login": customer.owner.email, "password": PASSWORD}
    assert client.post("/accounts/login/", form)["Location"] == "/app/"
    return client


def test_another_organization_is_like_one_that_does_not_exist(
    organization: Customer, stranger: Customer
) -> None:
    client = browser(organization.owner)
    session = client.session
    session["organization_id"] = str(stranger.id)
    session.save()
    assert "Rival" not in client.get("/app/organization/").content.decode()
    told = [client.post(switch(each)) for each in (stranger.id, UUID(int=7))]
    assert [answer.status_code for answer in told] == [404, 404]
    assert told[0].content == told[1].content
    assert client.session["organization_id"] == str(organization.id)


def test_what_was_filled_in_for_one_organization_is_not_done_in_another(
    organization: Customer, both: Customer
) -> None:
    client = browser(organization.owner, enforce_csrf_checks=True)

    def send(path: str, token: str, **values: str) -> int:
        return client.post(path, {"csrfmiddlewaretoken": token, **values}).status_code

    def token() -> str:
        client.get("/app/organization/")
        return client.cookies["csrftoken"].value

    rename, of_first = "/app/organization/name/", token()
    assert send(switch(both.id), of_first) == 302
    assert send(switch(organization.id), token()) == 302
    assert send(rename, of_first, name="From a tab of before", seen="Acme") == 403
    assert send(switch(both.id), token()) == 302
    of_second = token()
    leave_organization(
        organization_id=both.id,
        user_id=organization.owner.pk,
        by=organization.actor,
        now=timezone.now(),
    )
    assert send(rename, of_second, name="Meant for the second", seen="Acme") == 302
    assert send(rename, of_second, name="Meant for the second", seen="Acme") == 403
    with tenant(organization.id):
        assert Organization.objects.get().name == "Acme"
    assert send(rename, token(), name="Meant for the first", seen="Acme") == 302
    with tenant(organization.id):
        assert Organization.objects.get().name == "Meant for the first"


def test_menu_is_there_for_those_who_belong_to_several(
    organization: Customer, both: Customer
) -> None:
    for user, shown in ((organization.owner, True), (both.owner, False)):
        page = browser(user).get("/app/").content.decode()
        assert ('popovertarget="organizations"' in page) == shown


def test_further_organization_is_made_and_switched_to(organization: Customer) -> None:
    client = browser(organization.owner)
    assert client.post(ALL, {"name": " "}).status_code == 422
    assert client.post(ALL, {"name": "Second house"})["Location"] == "/app/"
    assert "Second house" in client.get("/app/").content.decode()
    assert len(organizations_of_user(organization.owner.pk)) == 2


def test_user_of_no_organization_is_led_to_where_one_is_made(organization: Customer) -> None:
    user = new_member(organization, "viewer")
    client = browser(user)
    now = timezone.now()
    leave_organization(
        organization_id=organization.id, user_id=user.pk, by=organization.actor, now=now
    )
    assert client.get("/app/")["Location"] == ALL
    assert client.post("/app/projects/new/", {"name": "Ada"}).status_code == 403
    page = client.get(ALL)
    assert (page.status_code, "belong to none" in page.content.decode()) == (200, True)
