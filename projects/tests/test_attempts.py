"""Guesses are held off, and nobody is held off by the guesses of others."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser
from askorac.testing.people import PASSWORD, Customer, new_customer
from projects.models import AuditEvent, RefusedSignIn
from projects.signing_in.sign_ins import file_refusals
from projects.tests.test_second_factors import PAGE, code_now, set_up

LOGIN, TOO_MANY = "/accounts/login/", "too many attempts"


def at(address: str) -> Client:
    client = browser()
    client.defaults["REMOTE_ADDR"] = address
    return client


# Who guesses is not who is meant.
NOBODY = ("visitor", None, "")


def tried(client: Client, email: str, password: str) -> str:
    """How a login ended, in a word."""
    answer = client.post(LOGIN, {"login": email, "password": password})
    if answer.status_code == 302:
        return "in"
    page = str(answer.content.decode())
    return "held off" if TOO_MANY in page else "refused" if "is not right" in page else page


def refusals(customer: Customer) -> list[tuple[Any, ...]]:
    while file_refusals():
        pass
    with tenant(customer.id):
        rows = AuditEvent.objects.filter(action="user.sign_in_refused").order_by("at")
        assert {(row.actor_kind, row.actor_id, row.actor_label) for row in rows} <= {NOBODY}
        return [(row.details.open()["reason"], row.address, row.target_id) for row in rows]


def test_known_device_gets_in_while_others_guess(organization: Customer) -> None:
    email, known = organization.owner.email, at("192.0.2.1")
    assert tried(known, email, PASSWORD) == "in"
    known.post("/accounts/logout/")
    guesses = [tried(at("198.51.100.7"), email, "guess") for _ in range(7)]
    assert guesses == [*["refused"] * 5, *["held off"] * 2]
    # Whoever has the right password, on a device that is new, is held off with them.
    assert tried(at("203.0.113.5"), email, PASSWORD) == "held off"
    assert tried(known, email, PASSWORD) == "in"
    owner = organization.owner.pk
    told = [("wrong password", "198.51.100.7", owner)] * 5
    assert refusals(organization) == [*told, ("too many attempts", "198.51.100.7", owner)]


def test_known_device_gets_in_at_the_address_that_others_guess_from(
    organization: Customer,
) -> None:
    known = at("192.0.2.77")
    assert tried(known, organization.owner.email, PASSWORD) == "in"
    known.post("/accounts/logout/")
    guesser = at("192.0.2.77")
    ends = [tried(guesser, f"nobody-{number}@nowhere.example", "x") for number in range(31)]
    assert set(ends[:25]) == {"refused"}
    assert ends[-1] == "held off"
    assert tried(known, organization.owner.email, PASSWORD) == "in"


def test_cookie_of_a_device_is_no_licence_to_guess(
    organization: Customer, stranger: Customer
) -> None:
    known = at("192.0.2.2")
    assert tried(known, organization.owner.email, PASSWORD) == "in"
    known.post("/accounts/logout/")
    guesses = [tried(known, organization.owner.email, "guess") for _ in range(11)]
    assert guesses == [*["refused"] * 10, "held off"]
    # Nor is it one at another's account, nor when it was made up.
    others = [tried(known, stranger.owner.email, "guess") for _ in range(6)]
    assert others == [*["refused"] * 5, "held off"]
    forged = at("192.0.2.3")
    forged.cookies["orac_device"] = known.cookies["orac_device"].value[:-2] + "xx"
    assert tried(forged, stranger.owner.email, PASSWORD) == "held off"


def test_address_that_nobody_has_is_held_off_alike() -> None:
    email = "nobody@unknown.example"
    ends = [tried(at("198.51.100.9"), email, "guess") for _ in range(6)]
    assert ends == [*["refused"] * 5, "held off"]


def test_refusal_of_an_unknown_address_leaves_a_line_without_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    email = "whoever@unknown.example"
    tried(at("198.51.100.10"), email, "guess")
    assert RefusedSignIn.objects.filter(user_id=None, address="198.51.100.10").count() == 1
    with caplog.at_level("INFO", logger="askorac"):
        while file_refusals():
            pass
    assert "sign_in.refused known=0" in caplog.text
    assert (email in caplog.text, RefusedSignIn.objects.count()) == (False, 0)


def test_who_has_the_password_does_not_hold_the_owner_off_at_the_second_step() -> None:
    customer = new_customer("Twofold")
    known, email = at("192.0.2.4"), customer.owner.email
    assert tried(known, email, PASSWORD) == "in"
    secret, _ = set_up(known)
    known.post("/accounts/logout/")
    thief = at("198.51.100.11")
    assert tried(thief, email, PASSWORD) == "in"  # as far as the second factor
    wrong = [thief.post(f"{PAGE}authenticate/", {"code": "000000"}) for _ in range(7)]
    assert [TOO_MANY in str(each.content) for each in wrong] == [*[False] * 5, True, True]
    assert tried(known, email, PASSWORD) == "in"
    let_in = known.post(f"{PAGE}authenticate/", {"code": code_now(secret)})
    assert let_in["Location"] == "/app/"
    reasons = [reason for reason, _, _ in refusals(customer)]
    assert reasons == [*["wrong second factor"] * 5, "too many codes"]
