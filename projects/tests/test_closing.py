"""A user deletes their own account, unless an organization would be left without an owner."""

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.urls import reverse

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer
from projects.models import AuditEvent, Member, User

PAGE = reverse("projects:delete_account")


LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


def test_member_deletes_their_account(
    organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EMAIL_BACKEND", LOCMEM)
    mail.outbox = []
    user = new_member(organization, "editor")
    client = browser(user)
    assert "leave all your organizations" in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"email": "another@guest.example"}).status_code == 422
    key = client.session.session_key
    assert client.post(PAGE, {"email": f" {user.email.upper()}"})["Location"] == "/"
    assert not User.objects.filter(pk=user.pk).exists()
    assert not EmailAddress.objects.filter(email=user.email).exists()
    assert not Session.objects.filter(session_key=key).exists()
    assert client.get("/app/").status_code == 302
    assert "Your account was deleted." in client.get("/").content.decode()
    [message] = mail.outbox
    assert (message.to, message.subject) == ([user.email], "Your AskOrac account was deleted")
    with tenant(organization.id):
        assert not Member.objects.filter(user_id=user.pk).exists()
        told = AuditEvent.objects.filter(actor_id=user.pk).values_list("action", flat=True)
        assert {"user.deleted", "member.left"} <= set(told)


def test_last_owner_is_told_what_to_do_first(organization: Customer) -> None:
    client = browser(organization.owner)
    assert "last owner of" in client.get(PAGE).content.decode()
    answer = client.post(PAGE, {"email": organization.owner.email})
    assert (answer.status_code, "last owner of" in answer.content.decode()) == (422, True)
    assert User.objects.filter(pk=organization.owner.pk).exists()
    with tenant(organization.id):
        assert Member.objects.filter(user_id=organization.owner.pk).exists()


def test_account_is_deleted_while_no_mail_goes_out(
    organization: Customer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
    monkeypatch.setattr(settings, "EMAIL_HOST", "127.0.0.1")
    monkeypatch.setattr(settings, "EMAIL_PORT", 1)
    user = new_member(organization, "viewer")
    assert browser(user).post(PAGE, {"email": user.email})["Location"] == "/"
    assert not User.objects.filter(pk=user.pk).exists()
    assert ("mail.not_sent" in caplog.text, user.email in caplog.text) == (True, False)


def test_page_of_addresses_offers_what_has_an_effect(organization: Customer) -> None:
    client, path = browser(organization.owner), "/accounts/email/"
    offers = ("Make primary", "Send confirmation", "Remove")
    page = client.get(path).content.decode()
    assert [each in page for each in offers] == [False, False, False]
    second = f"second-{organization.owner.email}"
    EmailAddress.objects.create(user=organization.owner, email=second, verified=True)
    page = client.get(path).content.decode()
    assert [each in page for each in offers] == [True, False, True]
    client.post(path, {"email": second, "action_primary": ""})
    assert EmailAddress.objects.get(email=second).primary
    client.post(path, {"email": organization.owner.email, "action_remove": ""})
    assert not EmailAddress.objects.filter(email=organization.owner.email).exists()
