"""An authenticator app and recovery codes, from being set up to letting somebody in."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from askorac.sealing import Tampered
from askorac.tenancy.context import tenant
from askorac.testing.pages import browser
from askorac.testing.people import PASSWORD, Customer, new_customer
from projects.models import AuditEvent, User
from projects.signing_in.second_factors import FactorAdapter, has_factor

PAGE = "/accounts/2fa/"
SECRET = "totp-secret"
LEAST_SECONDS = 3  # for a code to be sent on a busy machine


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def shown(answer: Any, name: str) -> str:
    found = re.search(rf'id="{name}"[^>]*>([^<]+)<', text_of(answer))
    assert found, text_of(answer)
    return found[1]


def code_now(secret: str, *, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def set_up(client: Client) -> tuple[str, list[str]]:
    """Turn an authenticator app on: its secret, and the recovery codes that are shown.

    The code is the last one's, so that the one of now is left; it counts to the end of this half
    minute, near which the next one is waited for.
    """
    secret = shown(client.get(f"{PAGE}totp/activate/"), SECRET)
    if (left := 30 - time.time() % 30) < LEAST_SECONDS:
        time.sleep(left)
    told = client.post(f"{PAGE}totp/activate/", {"code": code_now(secret, steps=-1)}, follow=True)
    return secret, shown(told, "recovery-codes").split()


def log_in(user: User) -> Client:
    """A browser that gave the right password, and was asked for the second factor."""
    client = browser()
    told = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert (told.status_code, told["Location"]) == (302, f"{PAGE}authenticate/")
    assert client.get("/app/").status_code == 302
    return client


@pytest.fixture(scope="module")
def guarded() -> tuple[Customer, str, list[str]]:
    customer = new_customer("Guarded")
    return customer, *set_up(browser(customer.owner))


@pytest.mark.parametrize("name", ["2fa/totp/activate", "2fa", "email", "logout"])
def test_pages_of_the_login_are_kept_by_nobody(organization: Customer, name: str) -> None:
    answer = browser(organization.owner).get(f"/accounts/{name}/")
    assert answer.status_code == 200
    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))


def test_code_of_the_app_lets_in_once(guarded: tuple[Customer, str, list[str]]) -> None:
    customer, secret, _ = guarded
    code = code_now(secret)
    first, second = log_in(customer.owner), log_in(customer.owner)
    assert "is not right" in text_of(first.post(f"{PAGE}authenticate/", {"code": "000000"}))
    assert first.post(f"{PAGE}authenticate/", {"code": code})["Location"] == "/app/"
    assert first.get("/app/").status_code == 200
    # The library forgets it after half a minute, and takes it for longer.
    cache.delete(f"allauth.mfa.totp.used?user={customer.owner.pk}&code={code}")
    refused = second.post(f"{PAGE}authenticate/", {"code": f" {code[:3]} {code[3:]}"})
    assert "was used already" in text_of(refused)


def test_recovery_code_lets_in_once(guarded: tuple[Customer, str, list[str]]) -> None:
    customer, _, codes = guarded
    first, second = log_in(customer.owner), log_in(customer.owner)
    assert first.post(f"{PAGE}authenticate/", {"code": codes[0]})["Location"] == "/app/"
    assert second.post(f"{PAGE}authenticate/", {"code": codes[0]}).status_code == 200
    again = first.get(f"{PAGE}recovery-codes/")
    assert [code for code in codes if code in text_of(again)] == []
    assert "9 of 10 are left" in text_of(again)
    assert first.get(f"{PAGE}recovery-codes/download/").status_code == 403


def test_new_recovery_codes_take_the_place_of_the_old(stranger: Customer) -> None:
    owner = browser(stranger.owner)
    _, before = set_up(owner)
    told = owner.post(f"{PAGE}recovery-codes/generate/", follow=True)
    after = shown(told, "recovery-codes").split()
    assert (len(after), set(before) & set(after)) == (10, set())
    assert 'download="askorac-recovery-codes.txt"' in text_of(told)


def test_app_is_removed_with_the_codes(organization: Customer) -> None:
    owner = browser(organization.owner)
    set_up(owner)
    assert has_factor(organization.owner.pk)
    assert owner.post(f"{PAGE}totp/deactivate/")["Location"] == PAGE
    assert not has_factor(organization.owner.pk)
    assert not Authenticator.objects.filter(user=organization.owner).exists()


def test_who_runs_the_installation_removes_lost_factors(organization: Customer) -> None:
    owner = browser(organization.owner)
    set_up(owner)
    owner.get("/app/")
    told = StringIO()
    call_command("remove_second_factors", organization.owner.email.upper(), stdout=told)
    assert told.getvalue().startswith("1 factors were removed.")
    assert (has_factor(organization.owner.pk), owner.get("/app/").status_code) == (False, 302)
    form = {"login": organization.owner.email, "password": PASSWORD}
    assert browser().post("/accounts/login/", form)["Location"] == "/app/"
    with tenant(organization.id):
        actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"user.factor_added", "user.factor_removed", "user.session_ended"} <= actions
    with pytest.raises(CommandError):
        call_command("remove_second_factors", "nobody@nowhere.example")


def test_no_secret_lies_in_clear(organization: Customer) -> None:
    owner = browser(organization.owner)
    secret = shown(owner.get(f"{PAGE}totp/activate/"), SECRET)
    assert secret not in str(dict(owner.session))
    assert secret in text_of(owner.post(f"{PAGE}totp/activate/", {"code": "000000"}))
    _, codes = set_up(owner)
    rows = Authenticator.objects.filter(user=organization.owner)
    assert {row.type for row in rows} == {"totp", "recovery_codes"}
    told = str([row.data for row in rows])
    assert [text for text in (secret, *codes) if text in told] == []
    assert {len(row.data.get("secret") or row.data["seed"]) > 60 for row in rows} == {True}


def test_sealed_secret_opens_with_a_former_key_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed = FactorAdapter().encrypt("JBSWY3DPEHPK3PXP")
    former = settings.SECRET_KEY
    monkeypatch.setattr(settings, "SECRET_KEY", "another")
    with pytest.raises(Tampered):
        FactorAdapter().decrypt(sealed)
    monkeypatch.setattr(settings, "SECRET_KEY_FALLBACKS", [former])
    assert FactorAdapter().decrypt(sealed) == "JBSWY3DPEHPK3PXP"


def test_factor_of_another_secret_key_says_what_to_do(
    guarded: tuple[Customer, str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, secret, codes = guarded
    client = log_in(customer.owner)
    monkeypatch.setattr("projects.signing_in.second_factors._PURPOSE", b"another")
    for code in (code_now(secret), codes[1]):
        told = client.post(f"{PAGE}authenticate/", {"code": code})
        assert told.status_code == 200
        assert "belongs into SECRET_KEY_FALLBACKS" in text_of(told)


def test_factors_are_changed_after_a_login_of_late_only(organization: Customer) -> None:
    owner = browser(organization.owner, age=timedelta(minutes=16))
    for path in ("totp/activate/", "webauthn/add/", "recovery-codes/generate/"):
        assert owner.get(f"{PAGE}{path}")["Location"].startswith("/accounts/reauthenticate/")
    assert owner.get(PAGE).status_code == 200


def test_factor_is_not_removed_with_the_password_alone() -> None:
    customer = new_customer("Wary")
    first = browser(customer.owner)
    _, codes = set_up(first)
    late = browser(customer.owner, age=timedelta(minutes=16))
    early = browser(customer.owner)  # with the password, before there was a factor
    for client in (late, early):
        for path in (f"{PAGE}totp/deactivate/", "/app/account/delete/"):
            asking = f"{PAGE}reauthenticate/?{urlencode({'next': path})}"
            assert client.get(path)["Location"] == asking
            assert client.post(path)["Location"] == asking
        tried = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        assert tried["Location"] == f"{PAGE}reauthenticate/"
        assert "Use your password" not in text_of(client.get(asking))
    assert has_factor(customer.owner.pk)
    confirmed = late.post(f"{PAGE}reauthenticate/", {"code": codes[0], "next": PAGE})
    assert confirmed["Location"] == PAGE
    assert late.post(f"{PAGE}totp/deactivate/")["Location"] == PAGE
    assert not has_factor(customer.owner.pk)


def test_who_has_passkeys_alone_is_asked_for_one_first() -> None:
    customer = new_customer("Keyed")
    Authenticator.objects.create(
        user=customer.owner, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"}
    )
    Authenticator.objects.create(
        user=customer.owner, type=Authenticator.Type.RECOVERY_CODES, data={}
    )
    ways = get_adapter().get_reauthentication_methods(customer.owner)
    assert [each["id"] for each in ways] == ["mfa_reauthenticate:webauthn", "mfa_reauthenticate"]
