"""The pages that anybody may see: the landing page, signing up and in, and the errors."""

import re

import pytest
from django.core import mail
from django.test import override_settings
from django.urls import reverse

from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user
from askorac.testing.pages import browser
from askorac.testing.people import PASSWORD, Customer
from projects.models import Member, Organization, User

IN_MEMORY = override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/accounts/signup/", "/nowhere/"])
def test_public_page_holds_nothing_inline(path: str) -> None:
    answer = browser().get(path)
    page = answer.content.decode()
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]
    assert re.findall(r"<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", page) == []


def test_landing_leads_to_an_account_or_to_the_projects(organization: Customer) -> None:
    assert reverse("account_signup") in browser().get("/").content.decode()
    assert "Open your projects" in browser(organization.owner).get("/").content.decode()


def test_address_that_leads_nowhere() -> None:
    answer = browser().get("/nowhere/")
    assert (answer.status_code, "There is nothing here" in answer.content.decode()) == (404, True)


@IN_MEMORY
def test_sign_up_makes_an_organization_and_leads_to_its_projects() -> None:
    client = browser()
    form = {
        "name": "Mara Lindqvist",
        "organization_name": "Nordlicht Bahn",
        "email": "Mara@Nordlicht.example",
        "password1": PASSWORD,
    }
    answer = client.post(reverse("account_signup"), form, follow=True)
    user = User.objects.get(email="mara@nordlicht.example")
    with tenant(organizations_of_user(user.pk)[0]):
        names = (Organization.objects.get().name, Member.objects.get().role)
    assert answer.redirect_chain[-1] == (reverse("projects:list"), 302)
    assert names == ("Nordlicht Bahn", "owner")
    assert "Mara Lindqvist" in answer.content.decode()


def test_sign_up_with_a_weak_password_is_told_why() -> None:
    form = {"name": "A", "organization_name": "B", "email": "a@b.example", "password1": "12345"}
    page = browser().post(reverse("account_signup"), form).content.decode()
    assert 'id="id_password1_error"' in page
    assert not User.objects.filter(email="a@b.example").exists()


def test_log_in_and_out(organization: Customer) -> None:
    client = browser()
    form = {"login": organization.owner.email, "password": PASSWORD}
    answer = client.post(reverse("account_login"), form)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/app/")
    answer = client.post(reverse("account_logout"), follow=True)
    assert "You are logged out." in answer.content.decode()
    assert client.get("/app/").status_code == 302


def test_log_in_with_the_wrong_password(organization: Customer) -> None:
    form = {"login": organization.owner.email, "password": "something else"}
    answer = browser().post(reverse("account_login"), form)
    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (200, True)


@IN_MEMORY
def test_password_reset_by_mail(organization: Customer) -> None:
    client = browser()
    mail.outbox = []
    client.post(reverse("account_reset_password"), {"email": organization.owner.email})
    [message] = mail.outbox
    [link] = re.findall(r"http://localhost(/accounts/password/reset/key/\S+)", str(message.body))
    page = client.get(link, follow=True)
    action = page.redirect_chain[-1][0]
    password = "another-long-password"
    answer = client.post(action, {"password1": password, "password2": password}, follow=True)
    assert "Your password is changed" in answer.content.decode()
    assert User.objects.get(pk=organization.owner.pk).check_password(password)
    assert "This link is no longer valid" in browser().get(link, follow=True).content.decode()


@IN_MEMORY
def test_password_reset_does_not_tell_who_has_an_account(organization: Customer) -> None:
    mail.outbox = []
    addresses = (organization.owner.email, "nobody@nowhere.example")
    pages = [
        browser().post(reverse("account_reset_password"), {"email": address}, follow=True)
        for address in addresses
    ]
    texts = [re.sub(r"csrf\w+", "", page.content.decode()) for page in pages]
    assert texts[0] == texts[1]
    assert [message.subject for message in mail.outbox] == [
        "Reset your AskOrac password",
        "No AskOrac account with this address",
    ]
