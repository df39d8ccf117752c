"""Nobody learns, from words or from time, whether an address has an account."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from random import randrange
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core import mail
from django.test import Client, override_settings

from askorac.testing.pages import browser
from askorac.testing.people import PASSWORD, Customer
from askorac.testing.waiting import TRIES
from projects.models import User
from projects.signing_in.attempts import forget_attempts

LOGIN, SIGNUP = "/accounts/login/", "/accounts/signup/"
RESET, CONFIRM = "/accounts/password/reset/", "/accounts/confirm-email/"
IN_MEMORY = override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")
ROUNDS = 7
ITERATIONS = 200_000  # a hash takes longer than all else


def nobody() -> str:
    return f"{uuid4().hex}@nobody.example"


def seen(answer: Any, email: str) -> tuple[int, str, str]:
    """What an answer tells, without the address that was typed and what differs each time."""
    text = answer.content.decode().replace(email, "ADDRESS")
    text = re.sub(r'(csrfmiddlewaretoken" value=")\w+', r"\1TOKEN", text)
    return answer.status_code, answer.headers.get("Location", ""), text


def signing_up(email: str) -> dict[str, str]:
    return {"name": "Ada", "organization_name": "Engine", "email": email, "password1": PASSWORD}


@IN_MEMORY
def test_sign_up_says_the_same_of_a_known_address(organization: Customer) -> None:
    told = []
    for email in (organization.owner.email, nobody()):
        client, mail.outbox = browser(), []
        answers = [client.post(SIGNUP, signing_up(email)), client.get(CONFIRM)]
        answers += [client.post(CONFIRM, {"code": "BCDF-GHJK"}) for _ in range(3)]
        told.append([*(seen(each, email) for each in answers), len(mail.outbox)])
    assert told[0] == told[1]
    assert told[0][0][:2] == (302, CONFIRM)


@IN_MEMORY
def test_owner_of_a_known_address_is_told_by_mail_and_nothing_is_made(
    organization: Customer,
) -> None:
    mail.outbox = []
    users = User.objects.count()
    browser().post(SIGNUP, signing_up(organization.owner.email))
    assert [message.subject for message in mail.outbox] == ["You already have an AskOrac account"]
    assert User.objects.count() == users
    assert not User.objects.filter(email__endswith="@for-show.invalid").exists()


@IN_MEMORY
def test_login_and_reset_say_the_same_of_a_known_address(organization: Customer) -> None:
    forms = {LOGIN: "login", RESET: "email"}
    for path, field in forms.items():
        told = [
            seen(browser().post(path, {field: email, "password": "guess"}), email)
            for email in (organization.owner.email, nobody())
        ]
        assert told[0] == told[1]


@override_settings(
    PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"],
    ACCOUNT_RATE_LIMITS=False,
)
@IN_MEMORY
@pytest.mark.parametrize("what", ["login", "signup", "reset"])
def test_known_address_takes_as_long_as_an_unknown_one(
    organization: Customer, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By turns, so that what else the machine does meets both alike.

    The median of the differences is less than twice what the answers for one kind of address
    differ by among themselves, or than a fifth of one. A hash that one of them lacks is more.
    """
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", ITERATIONS)
    organization.owner.set_password(PASSWORD)
    organization.owner.save()
    asking: dict[str, Callable[[str], Any]] = {
        "login": lambda email: somewhere().post(LOGIN, {"login": email, "password": "guess"}),
        "signup": lambda email: somewhere().post(SIGNUP, signing_up(email)),
        "reset": lambda email: somewhere().post(RESET, {"email": email}),
    }
    ask = asking[what]
    ask(nobody())
    assert any(takes_as_long(ask, organization.owner.email) for _ in range(TRIES))


def takes_as_long(ask: Callable[[str], Any], email: str) -> bool:
    known, unknown = [], []
    for _ in range(ROUNDS):
        known.append(seconds(ask, email))
        unknown.append(seconds(ask, nobody()))

    apart = abs(statistics.median(one - other for one, other in zip(known, unknown, strict=True)))
    usual = statistics.median(unknown)
    return apart < max(2 * spread(known), 2 * spread(unknown), usual / 5)


def somewhere() -> Client:
    """A browser at an address from which nothing was tried before."""
    client = browser()
    client.defaults["REMOTE_ADDR"] = f"198.18.{randrange(256)}.{randrange(256)}"
    return client


def seconds(ask: Callable[[str], Any], email: str) -> float:
    forget_attempts(email)  # the limits are another test's subject
    began = time.perf_counter()
    assert ask(email).status_code in {200, 302}
    return time.perf_counter() - began


def spread(times: list[float]) -> float:
    quarters = statistics.quantiles(times, n=4)
    return quarters[2] - quarters[0]
