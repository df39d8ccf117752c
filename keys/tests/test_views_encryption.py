"""Settings, Encryption: told while the key is taken away too, chosen by an owner alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from askorac.testing.openbao import OpenBao
from askorac.testing.pages import answers, browser, new_member
from askorac.testing.people import PASSWORD, Customer
from keys.forms import NO_ARN, NO_SERVER
from keys.models import OwnKeyService
from keys.rewrapping import REWRAP
from keys.tests.own_service import Holding, holding
from keys.tests.sealed_rows import data_keys, do, everything, opened, seal_rows

__all__ = ["holding"]

PAGE = "/app/organization/encryption/"
CHOOSE = f"{PAGE}openbao/"
LEAVE = f"{PAGE}leave/"


def confirmed(customer: Customer) -> Client:
    """The owner, who has just typed the password again."""
    client = browser(customer.owner, age=timedelta(hours=1))
    told = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert told.status_code == 302
    return client


def form_of(holding: Holding, **changed: str) -> dict[str, str]:
    return {
        "address": f"http://127.0.0.1:{holding.server.port}",
        "mount": "transit",
        "key_name": holding.key,
        "secret": holding.token,
        **changed,
    }


def errors_of(answer: Any) -> list[str]:
    """The sentences under the fields of a refused form."""
    return re.findall(r'class="field-error"[^>]*>(.*?)</div>', text_of(answer), re.DOTALL)


def services(customer: Customer) -> int:
    with tenant(customer.id):
        return OwnKeyService.objects.filter(left_at=None).count()


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("method", "path", "owners"),
    [
        ("GET", "", 200),
        ("POST", "ask-again/", 302),
        ("POST", "rotate/", 302),
        ("POST", "rewrap/", 302),
        ("GET", "openbao/", 200),
        ("POST", "openbao/", 200),
        ("GET", "aws/", 200),
        ("POST", "leave/", 302),
        ("PUT", "", 405),
        ("GET", "rotate/", 405),
    ],
)
def test_who_may(
    organization: Customer, stranger: Customer, method: str, path: str, owners: int
) -> None:
    others = 405 if owners == 405 else 403
    told = answers(organization, stranger, method, f"{PAGE}{path}")
    nobody = 405 if owners == 405 else 302
    assert told == {"owner": owners, "viewer": others, "stranger": owners, "nobody": nobody}


def test_admin_looks_and_rotates_and_does_not_choose(organization: Customer) -> None:
    admin = browser(new_member(organization, "admin"))
    page = text_of(admin.get(PAGE))
    assert "Only an owner changes the key service." in page
    assert "Use OpenBao or Vault" not in page
    assert admin.post(f"{PAGE}rotate/").status_code == 302
    assert data_keys(organization) == [1, 2]
    for path in (CHOOSE, f"{PAGE}aws/", LEAVE):
        assert {admin.get(path).status_code, admin.post(path).status_code} == {403}


def test_choosing_asks_for_the_password_and_keeps_nothing_of_what_was_sent(
    holding: Holding,
) -> None:
    owner = browser(holding.customer.owner, age=timedelta(minutes=31))
    for answer in (owner.get(CHOOSE), owner.post(CHOOSE, form_of(holding))):
        assert answer.headers["Location"] == (
            "/accounts/reauthenticate/?next=%2Fapp%2Forganization%2Fencryption%2Fopenbao%2F"
        )
    assert holding.token not in str(dict(owner.session))
    assert services(holding.customer) == 0


def test_owner_chooses_and_leaves(holding: Holding) -> None:
    owner = confirmed(holding.customer)
    assert "transit/encrypt/askorac" in text_of(owner.get(CHOOSE))
    answer = owner.post(CHOOSE, form_of(holding))
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    do(holding.customer, REWRAP)
    page = text_of(owner.get(PAGE))
    assert holding.wanted.address in page
    assert holding.token not in page
    assert "Leave my key" in text_of(owner.get(LEAVE))
    assert owner.post(LEAVE).status_code == 302
    do(holding.customer, REWRAP)
    assert services(holding.customer) == 0
    assert opened(holding.customer) == everything()


def test_check_alone_changes_nothing(holding: Holding) -> None:
    answer = confirmed(holding.customer).post(CHOOSE, form_of(holding, only="check"))
    assert (answer.status_code, services(holding.customer)) == (200, 0)
    assert "A round trip through this key works." in text_of(answer)
    assert holding.token not in text_of(answer)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"key_name": "missing"}, "The key service refuses transit/encrypt/missing"),
        ({"secret": "bao.wrong"}, "The key service refuses transit/encrypt/"),
        ({"address": "127.0.0.1"}, NO_SERVER),
        ({"address": ""}, "This field is required."),
    ],
)
def test_refused_form_says_what_to_do_and_sends_no_token_back(
    holding: Holding, changed: dict[str, str], sentence: str
) -> None:
    answer = confirmed(holding.customer).post(CHOOSE, form_of(holding, **changed))
    assert answer.status_code == 422
    assert [sentence in each for each in errors_of(answer)] == [True]
    assert holding.token not in text_of(answer)
    assert "bao.wrong" not in text_of(answer)
    assert services(holding.customer) == 0


def test_aws_form_wants_a_key_and_a_way_to_use_it(holding: Holding) -> None:
    owner = confirmed(holding.customer)
    assert str(holding.customer.id) in text_of(owner.get(f"{PAGE}aws/"))
    answer = owner.post(f"{PAGE}aws/", {"address": "key", "name": "AKIA0", "secret": "s3cret-0"})
    assert answer.status_code == 422
    assert [NO_ARN in each for each in errors_of(answer)] == [True]
    assert "s3cret-0" not in text_of(answer)


def test_page_works_while_the_key_is_away(holding: Holding, openbao: OpenBao) -> None:
    holding.choose()
    owner = confirmed(holding.customer)
    openbao.disable_key(holding.key)
    keyrings.forget(holding.customer.id)
    page = owner.get(PAGE)
    assert page.status_code == 200
    assert "The key is taken away" in text_of(page)
    assert owner.get(CHOOSE).status_code == 200
    assert owner.get(LEAVE).status_code == 200
    for path in (f"{PAGE}rotate/", f"{PAGE}rewrap/", LEAVE, f"{PAGE}ask-again/"):
        assert owner.post(path).headers["Location"] == PAGE
    assert services(holding.customer) == 1
    openbao.enable_key(holding.key)
    owner.post(f"{PAGE}ask-again/")
    assert "The key is taken away" not in text_of(owner.get(PAGE))


def test_other_credentials_given_on_the_page_open_what_was_closed(holding: Holding) -> None:
    holding.choose()
    holding.server.revoke_token(holding.token)
    keyrings.forget(holding.customer.id)
    owner = confirmed(holding.customer)
    assert "The key is taken away" in text_of(owner.get(PAGE))
    token = holding.server.make_token(holding.policy)
    assert owner.post(CHOOSE, form_of(holding, secret=token)).status_code == 302
    assert opened(holding.customer) == everything()


def test_work_on_keys_asks_again_by_itself_while_it_goes_on(organization: Customer) -> None:
    seal_rows(organization)
    owner = browser(organization.owner)
    assert 'hx-trigger="every' not in text_of(owner.get(PAGE))
    owner.post(f"{PAGE}rotate/")
    part = text_of(owner.get(PAGE, headers={"HX-Request": "true"}))
    assert part.startswith('<div id="encryption-work"')
    assert 'hx-trigger="every' in part
