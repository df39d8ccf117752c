"""A user's sessions: which there are, how each is told, and how they end."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.tenancy.router import ACCOUNTS
from askorac.testing.pages import browser, new_staff
from askorac.testing.people import PASSWORD, Customer
from projects.models import AuditEvent, Organization, User
from projects.signing_in.user_sessions import device_of, end_session, forget_ended

ACCOUNT, END = "/app/account/", "/app/account/sessions/end/"
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
)


def logged_in(customer: Customer, agent: str = LINUX) -> Client:
    return logged_in_as(customer.owner, agent)


def logged_in_as(user: User, agent: str = LINUX) -> Client:
    client = browser()
    client.defaults["HTTP_USER_AGENT"] = agent
    form = {"login": user.email, "password": PASSWORD}
    assert client.post("/accounts/login/", form)["Location"] == "/app/"
    return client


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def told_of(customer: Customer, action: str) -> list[dict[str, Any]]:
    with tenant(customer.id):
        rows = AuditEvent.objects.filter(action=action).order_by("at")
        return [row.details.open() or {} for row in rows]


def test_sessions_are_listed_and_one_is_ended(organization: Customer) -> None:
    desk, phone = logged_in(organization), logged_in(organization, PHONE)
    page = text_of(desk.get(ACCOUNT))
    assert re.findall(r"<span>(\w+ on \w+)", page) == [
        "Firefox on Linux",
        "Safari on iPhone",
    ]
    assert page.count("This one") == 1
    which = re.findall(r'name="which" value="(\d+)"', page)
    assert len(which) == 1
    assert desk.post(END, {"which": which[0]})["Location"] == ACCOUNT
    assert phone.get("/app/").status_code == 302
    assert desk.get("/app/").status_code == 200
    assert told_of(organization, "user.session_ended") == [{"device": "Safari on iPhone"}]
    assert "over already" in text_of(desk.post(END, {"which": which[0]}, follow=True))


def test_session_of_somebody_else_is_not_ended(organization: Customer, stranger: Customer) -> None:
    theirs = logged_in(stranger)
    row = UserSession.objects.get(user=stranger.owner)
    assert end_session(session_id=row.pk, user=organization.owner, now=timezone.now()) is None
    own = logged_in(organization)
    for which in (str(row.pk), "0", "x", "9" * 30, ""):
        assert own.post(END, {"which": which}).status_code == 302
    assert theirs.get("/app/").status_code == 200


def test_new_password_ends_the_other_sessions(organization: Customer) -> None:
    desk, phone = logged_in(organization), logged_in(organization, PHONE)
    new = {"oldpassword": PASSWORD, "password1": "battery-horse-1", "password2": "battery-horse-1"}
    assert desk.post("/accounts/password/change/", new).status_code == 302
    assert desk.get("/app/").status_code == 200
    assert phone.get("/app/").status_code == 302
    assert len(told_of(organization, "user.password_changed")) == 1
    assert told_of(organization, "user.session_ended") == [{"device": "Safari on iPhone"}]
    assert UserSession.objects.filter(user=organization.owner).count() == 1


def test_login_and_logout_are_recorded(organization: Customer) -> None:
    client = logged_in(organization)
    client.post("/accounts/logout/")
    assert told_of(organization, "user.signed_in") == [{"method": "password"}]
    assert told_of(organization, "user.signed_out") == [{}]


def test_list_takes_as_many_statements_for_three_sessions_as_for_one(
    organization: Customer,
) -> None:
    client = logged_in(organization)
    client.get(ACCOUNT)  # once a minute it is written down that the session is in use
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connections["accounts"]) as statements:
            client.get(ACCOUNT)
        counts.append(len(statements))
        logged_in(organization)
        logged_in(organization)
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (LINUX, "Firefox on Linux"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("curl/8.0", "A browser"),
    ],
    ids=["firefox", "safari", "edge", "none"],
)
def test_device_is_told_in_words(agent: str, device: str) -> None:
    assert device_of(agent) == device


def test_staff_without_an_organization_end_their_sessions_and_are_renamed() -> None:
    staff = new_staff("Sam")
    here, there = logged_in_as(staff), logged_in_as(staff, PHONE)
    page = text_of(here.get(ACCOUNT))
    assert 'class="narrow"' in page
    assert "<dt>Role</dt>" not in page
    assert here.post(ACCOUNT, {"name": "Samira"})["Location"] == ACCOUNT
    assert 'value="Samira"' in text_of(here.get(ACCOUNT))
    assert here.post(END, {"which": "others"})["Location"] == ACCOUNT
    assert there.get(ACCOUNT)["Location"] == f"/accounts/login/?next={ACCOUNT}"
    assert f'href="{ACCOUNT}"' in text_of(here.get("/app/organizations/"))


def test_member_who_lacks_the_factor_that_is_required_ends_sessions(
    organization: Customer,
) -> None:
    with tenant(organization.id, using=ACCOUNTS):
        Organization.objects.using(ACCOUNTS).update(requires_second_factor=True)
    desk, phone = logged_in(organization), logged_in(organization, PHONE)
    page = text_of(desk.get(ACCOUNT))
    assert 'class="narrow"' in page
    assert "Help desk" not in page
    assert desk.post(END, {"which": "others"})["Location"] == ACCOUNT
    assert phone.get("/app/")["Location"] == "/accounts/login/?next=/app/"


def test_what_is_over_of_sessions_is_forgotten_and_what_lives_stays(
    organization: Customer,
) -> None:
    now = timezone.now()
    living, expired, ended = (logged_in(organization) for _ in range(3))
    keys = [str(client.session.session_key) for client in (living, expired, ended)]
    long_ago = now - timedelta(days=15)
    UserSession.objects.filter(session_key__in=keys[:2]).update(last_seen_at=long_ago)
    Session.objects.filter(session_key=keys[1]).update(expire_date=now - timedelta(days=1))
    Session.objects.filter(session_key=keys[2]).delete()  # lately, so that the list has it still
    assert forget_ended(now=now) >= 2
    rows = UserSession.objects.filter(session_key__in=keys)
    assert {row.session_key for row in rows} == {keys[0], keys[2]}
    assert list(Session.objects.filter(session_key__in=keys)) == [
        Session.objects.get(session_key=keys[0])
    ]
    assert living.get("/app/").status_code == 200
