"""Nobody is flooded with mails of the login, and nobody is kept from theirs by others."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from askorac.testing.people import PASSWORD, Customer
from projects.signing_in.attempts import account_of, count
from projects.signing_in.code_views import PAUSE_SECONDS
from projects.signing_in.mails import FROM_STRANGERS, HOUR_SECONDS
from projects.tests.test_attempts import at, tried
from projects.tests.test_enumeration import CONFIRM, RESET, SIGNUP, nobody, signing_up, somewhere

STATE = "account_email_verification_code"
DONE = "/accounts/password/reset/done/"


@pytest.fixture(autouse=True)
def outbox(monkeypatch: pytest.MonkeyPatch) -> list[mail.EmailMessage]:
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    mail.outbox = []
    return mail.outbox


def asked(client: Client, email: str) -> tuple[str, int]:
    """Where asking for a link leads, and how many mails have gone out by then."""
    return client.post(RESET, {"email": email})["Location"], len(mail.outbox)


def shown(client: Client, email: str) -> tuple[int, str, int]:
    """What the page with the code's form says, but for how many seconds are left; and how many
    mails have gone out by then."""
    answer = client.get(CONFIRM)
    text = re.sub(r"<[^>]*>", " ", answer.content.decode().replace(email, "ADDRESS"))
    text = re.sub(r"in \d+ seconds", "in N seconds", text)
    return answer.status_code, re.sub(r"\s+", " ", text), len(mail.outbox)


def waited(client: Client) -> None:
    """As if the last code had been sent some time ago."""
    session = client.session
    state: dict[str, Any] = session[STATE]
    session[STATE] = {**state, "at": time.time() - PAUSE_SECONDS - 1}
    session.save()


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
def test_stranger_floods_nobody_and_the_owner_gets_a_link(
    organization: Customer, is_known: bool
) -> None:
    email = organization.owner.email if is_known else nobody()
    stranger, elsewhere = somewhere(), at("192.0.2.20")
    sent = [asked(stranger, email) for _ in range(9)]
    assert sent == [(DONE, min(number, 5)) for number in range(1, 10)]
    assert asked(elsewhere, email) == (DONE, 6)


def test_known_device_gets_its_link_while_many_places_ask(organization: Customer) -> None:
    email, known = organization.owner.email, at("192.0.2.21")
    assert tried(known, email, PASSWORD) == "in"
    known.post("/accounts/logout/")
    for _ in range(FROM_STRANGERS - 1):
        count(f"mail:{account_of(email)}", seconds=HOUR_SECONDS)
    assert asked(at("198.51.100.30"), email) == (DONE, 1)
    assert asked(at("203.0.113.20"), email) == (DONE, 1)
    assert asked(known, email) == (DONE, 2)


@pytest.mark.parametrize(("path", "step"), [(RESET, "reset"), (SIGNUP, "signup")])
def test_place_that_asks_for_many_is_told_on_the_form(path: str, step: str) -> None:
    client, email = somewhere(), nobody()
    for _ in range(20):
        count(f"{step}:{client.defaults['REMOTE_ADDR']}", seconds=60)
    page = client.post(path, signing_up(email)).content.decode()
    assert ("too many requests" in page, email in page, len(mail.outbox)) == (True, True, 0)
    assert somewhere().post(path, signing_up(email)).status_code == 302


def test_fresh_sessions_sign_up_again_at_once() -> None:
    email = nobody()
    for number in range(1, 4):
        answer = at(f"192.0.2.{number + 40}").post(SIGNUP, signing_up(email))
        assert (answer.status_code, answer["Location"]) == (302, CONFIRM)
        assert len(mail.outbox) == number


def test_another_code_is_sent_after_a_pause_and_alike_for_a_known_address(
    organization: Customer,
) -> None:
    told = []
    for email in (organization.owner.email, nobody()):
        client, mail.outbox = at("192.0.2.50"), []
        client.post(SIGNUP, signing_up(email))
        for _ in range(2):
            answer = client.post(CONFIRM, {"action": "resend"})
            assert (answer.status_code, answer["Location"]) == (302, CONFIRM)
            told.append(shown(client, email))
            waited(client)
    known, unknown = told[:2], told[2:]
    assert known == unknown
    assert "Another code can be sent in N seconds" in known[0][1]
    assert ("Confirm address" in known[0][1], known[0][2], known[1][2]) == (True, 1, 2)


def test_code_that_was_sent_anew_confirms_and_the_first_does_not() -> None:
    client, email = at("192.0.2.51"), nobody()
    client.post(SIGNUP, signing_up(email))
    waited(client)
    client.post(CONFIRM, {"action": "resend"})
    found = [re.findall(r"\n([A-Z0-9-]{6,12})\n", str(each.body)) for each in mail.outbox]
    [first], [second] = found
    assert "is not right" in client.post(CONFIRM, {"code": first}).content.decode()
    assert client.post(CONFIRM, {"code": second})["Location"] == "/app/"


def test_who_has_just_signed_up_is_not_asked_again() -> None:
    client, email = at("192.0.2.52"), nobody()
    client.post(SIGNUP, signing_up(email))
    [code] = re.findall(r"\n([A-Z0-9-]{6,12})\n", str(mail.outbox[0].body))
    client.post(CONFIRM, {"code": code})
    made = client.post("/app/organization/api-keys/", {"name": "Site", "rights": "read"})
    assert (made.status_code, "orac_sk_" in made.content.decode()) == (200, True)
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200
