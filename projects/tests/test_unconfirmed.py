"""Who never confirmed an address keeps nobody from it, and is gone after some time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import authenticate
from django.core import mail
from django.test import Client
from django.utils import timezone

from askorac.leaving.letters import owners
from askorac.tenancy.context import tenant
from askorac.tenancy.endings import end_organization
from askorac.tenancy.lookups import organizations_of_user
from askorac.tenancy.router import ACCOUNTS
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from projects.deletion import GRACE
from projects.models import AuditEvent, Member, Organization, User
from projects.tests.test_enumeration import CONFIRM, SIGNUP, signing_up, somewhere
from projects.tests.test_invitations import PAGE, address, ask_in, link_of, opened
from projects.unconfirmed import KEPT, NOBODYS, clear_unconfirmed

OWN = "the-very-own-phrase"


@pytest.fixture(autouse=True)
def outbox(monkeypatch: pytest.MonkeyPatch) -> list[mail.EmailMessage]:
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    mail.outbox = []
    return mail.outbox


def squatted(email: str) -> tuple[Client, User]:
    """Somebody has signed up with an address that is not theirs, and can't confirm it."""
    client = somewhere()
    client.post(SIGNUP, signing_up(email))
    return client, User.objects.get(email=email)


def deletes_at(user: User) -> object:
    [organization_id] = organizations_of_user(user.pk)
    with tenant(organization_id):
        return Organization.objects.get().deletes_at


def test_account_that_was_never_confirmed_gives_way_to_who_was_invited(
    organization: Customer,
) -> None:
    email = address()
    client, squatter = squatted(email)
    invited = opened(browser(), link_of(organization, ask_in(organization, email)))
    assert invited.post(PAGE, {"name": "Ada", "password": OWN})["Location"] == "/app/"
    user = User.objects.get(email=email)
    assert user.pk != squatter.pk
    assert organizations_of_user(user.pk) == [organization.id]
    assert EmailAddress.objects.get(email=email).user_id == user.pk
    squatter.refresh_from_db()
    assert (squatter.email.endswith(NOBODYS), squatter.is_active) == (True, False)
    assert not squatter.has_usable_password()
    for typed in (OWN, "correct-horse-battery"):
        found = authenticate(None, email=email, password=typed)
        assert (found == user) is (typed == OWN)
    assert client.post(CONFIRM, {"code": "BCDF-GHJK"}).status_code in {200, 302}
    assert client.get("/app/").status_code == 302
    [organization_id] = organizations_of_user(squatter.pk)
    with tenant(organization_id):
        ending = Organization.objects.get().deletes_at
        assert ending is not None
        assert abs(ending - timezone.now() - GRACE) < timedelta(minutes=5)
        assert owners() == []
        asked = AuditEvent.objects.get(action="organization.deletion_asked")
        assert asked.actor_kind == "system"


def test_address_of_an_account_with_others_or_that_came_in_does_not_give_way(
    organization: Customer,
) -> None:
    email = address()
    _, user = squatted(email)
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    invited = opened(browser(), link_of(organization, ask_in(organization, email)))
    answer = invited.post(PAGE, {"name": "Ada", "password": OWN})
    assert (answer.status_code, "Log in, and accept" in answer.content.decode()) == (422, True)
    User.objects.filter(pk=user.pk).update(last_login=None)
    with tenant(organization.id, using=ACCOUNTS):
        Member.objects.using(ACCOUNTS).create(
            organization_id=organization.id, user=user, role="viewer", created_at=timezone.now()
        )
    answer = invited.post(PAGE, {"name": "Ada", "password": OWN})
    assert answer.status_code == 422


def test_unconfirmed_accounts_go_after_a_week_and_with_their_organization(
    organization: Customer,
) -> None:
    _, young = squatted(address())
    _, old = squatted(address())
    then = timezone.now() - KEPT - timedelta(minutes=1)
    User.objects.filter(pk__in=[old.pk, organization.owner.pk]).update(created_at=then)
    assert clear_unconfirmed(now=timezone.now()) >= 1
    for user in (young, old):
        user.refresh_from_db()
    assert (young.is_active, old.is_active) == (True, False)
    assert (deletes_at(young), deletes_at(old) is None) == (None, False)
    assert User.objects.filter(email=organization.owner.email, is_active=True).exists()
    [organization_id] = organizations_of_user(old.pk)
    with tenant(organization_id, using=ACCOUNTS):
        Organization.objects.using(ACCOUNTS).update(deletes_at=timezone.now() - KEPT)
    with tenant(organization_id):
        end_organization()
    clear_unconfirmed(now=timezone.now())
    assert not User.objects.filter(pk=old.pk).exists()
