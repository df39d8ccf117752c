"""The pages that anybody may see: the landing page, signing up and in, and the errors."""

import re
from uuid import uuid4

import pytest
from django.core import mail
from django.test import override_settings
from django.urls import reverse

from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user
from askorac.testing.pages import browser
from askorac.testing.people import PASSWORD, Customer
from askorac.web.middleware import content_security_policy
from projects.models import AuditEvent, Member, Organization, User

CONFIRM = "/accounts/confirm-email/"
IN_MEMORY = override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")
REDIS_IS_AWAY = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:1/0",
    }
}


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/accounts/signup/", "/nowhere/"])
def test_public_page_holds_nothing_inline(path: str) -> None:
    answer = browser().get(path)
    page = answer.content.decode()
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]
    assert re.findall(r"<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", page) == []


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/", "localhost", 200),
        ("/healthz", "localhost", 200),
        ("/widget.js", "localhost", 200),
        ("/static/css/tokens.css", "localhost", 200),
        ("/static/nothing.css", "localhost", 404),
        ("/nowhere/", "localhost", 404),
        ("/", "another.example", 400),
    ],
)
def test_every_answer_carries_the_headers(path: str, host: str, status: int) -> None:
    answer = browser().get(path, headers={"Host": host})
    answer.close()
    assert (answer.status_code, answer.headers["Content-Security-Policy"]) == (
        status,
        content_security_policy(),
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_log_in_leads_to_no_other_site(organization: Customer) -> None:
    form = {"login": organization.owner.email, "password": PASSWORD, "next": "//evil.example/"}
    answer = browser().post(reverse("account_login"), form)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/app/")
    cookie = answer.cookies["orac_session"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_landing_leads_to_an_account_or_to_the_projects(organization: Customer) -> None:
    assert reverse("account_signup") in browser().get("/").content.decode()
    assert "Open your projects" in browser(organization.owner).get("/").content.decode()


def test_address_that_leads_nowhere() -> None:
    answer = browser().get("/nowhere/")
    assert (answer.status_code, "There is nothing here" in answer.content.decode()) == (404, True)


def code_in_mail() -> str:
    found = re.search(r"\n([A-Z0-9-]{6,12})\n", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]


@IN_MEMORY
def test_sign_up_makes_an_organization_and_leads_to_its_projects() -> None:
    client = browser()
    form = {
        "name": "Mara Lindqvist",
        "organization_name": "Nordlicht Bahn",
        "email": "Mara@Nordlicht.example",
        "password1": PASSWORD,
    }
    mail.outbox = []
    answer = client.post(reverse("account_signup"), form, follow=True)
    assert answer.redirect_chain[-1] == (CONFIRM, 302)
    assert client.get("/app/").status_code == 302
    answer = client.post(CONFIRM, {"code": code_in_mail()}, follow=True)
    user = User.objects.get(email="mara@nordlicht.example")
    with tenant(organizations_of_user(user.pk)[0]):
        names = (Organization.objects.get().name, Member.objects.get().role)
        told = AuditEvent.objects.get(action="user.signed_in").details.open()
    assert answer.redirect_chain[-1] == (reverse("projects:list"), 302)
    assert names == ("Nordlicht Bahn", "owner")
    assert told == {"method": "password and code by mail"}
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


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_attempts_that_cannot_be_counted_are_not_taken(name: str, organization: Customer) -> None:
    form = {
        "login": organization.owner.email,
        "password": PASSWORD,
        "name": "A",
        "organization_name": "B",
        "email": "uncounted@b.example",
        "password1": PASSWORD,
    }
    client = browser()
    with override_settings(CACHES=REDIS_IS_AWAY):
        seen = client.get(reverse(name))
        tried = client.post(reverse(name), form)
    assert (seen.status_code, tried.status_code) == (200, 503)
    assert "'unsafe" not in tried.headers["Content-Security-Policy"]
    assert "none is taken" in tried.content.decode()
    assert client.get("/app/").status_code == 302
    assert not User.objects.filter(email="uncounted@b.example").exists()


@IN_MEMORY
def test_links_in_mail_lead_to_the_public_address_whatever_was_asked(
    organization: Customer,
) -> None:
    """Else a stranger would choose where a password is set anew: a port is none of the host's."""
    mail.outbox = []
    sent = {"X-Forwarded-Proto": "https", "Host": "localhost:6666"}
    ours = override_settings(
        PUBLIC_URL="https://help.example",
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
        SECURE_HSTS_SECONDS=60,
    )
    with ours:
        for email in (organization.owner.email, f"{organization.id.hex}@nowhere.example"):
            form = {"email": email}
            answer = browser().post(reverse("account_reset_password"), form, headers=sent)
    told = [str(message.body) for message in mail.outbox]
    assert "".join(told).count("https://help.example/") == 4
    assert [text for text in told if "6666" in text] == []
    assert answer.headers["Strict-Transport-Security"] == "max-age=60"


@IN_MEMORY
def test_password_reset_by_mail(organization: Customer) -> None:
    client, elsewhere = browser(), browser(organization.owner)
    assert elsewhere.get("/app/").status_code == 200
    mail.outbox = []
    client.post(reverse("account_reset_password"), {"email": organization.owner.email})
    [message] = mail.outbox
    [link] = re.findall(r"http://\S+?(/accounts/password/reset/key/\S+)", str(message.body))
    page = client.get(link, follow=True)
    action = page.redirect_chain[-1][0]
    password = "another-long-password"
    answer = client.post(action, {"password1": password, "password2": password}, follow=True)
    assert "Your password is changed" in answer.content.decode()
    assert User.objects.get(pk=organization.owner.pk).check_password(password)
    assert elsewhere.get("/app/").status_code == 302
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


@pytest.mark.parametrize("field", ["name", "organization_name"])
def test_sign_up_with_a_name_that_nobody_sees_is_told_so(field: str) -> None:
    form = {
        "name": "Ada",
        "organization_name": "Harbour",
        "email": f"{uuid4().hex}@harbour.example",
        "password1": "correct-horse-battery",
        field: "\u202e\u200b",
    }
    answer = browser().post("/accounts/signup/", form)
    assert "Give " in answer.content.decode()
    assert not User.objects.filter(email=form["email"]).exists()
