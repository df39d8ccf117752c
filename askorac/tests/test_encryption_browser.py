"""The way to a key of one's own, in Chromium on the real product and a real OpenBao."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from askorac.testing.openbao import OpenBao
from askorac.testing.people import Customer
from askorac.testing.product import Product, running_product
from askorac.testing.screen import DESKTOP, PHONE, screen
from keys.tests.own_service import Holding, new_holding
from keys.tests.sealed_rows import seal_rows

from .test_dashboard_browser import log_in

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product, whose operator lets customers' key services be on this machine."""
    folder = tmp_path_factory.mktemp("product")
    with running_product(
        folder, ALLOW_PRIVATE_ADDRESSES="127.0.0.0/8", KEYRING_SECONDS="1"
    ) as running:
        yield running


@pytest.fixture
def held(organization: Customer, openbao: OpenBao) -> Holding:
    seal_rows(organization)
    return new_holding(organization, openbao)


def encryption(product: Product) -> str:
    return f"{product.url}/app/organization/encryption/"


def test_owner_is_walked_to_a_key_of_their_own_and_takes_it_away(
    browser: Browser, product: Product, held: Holding, openbao: OpenBao
) -> None:
    with screen(browser, **DESKTOP) as desk:
        page = desk.page
        log_in(page, product, held.customer)
        page.goto(encryption(product))
        assert desk.findings() == []
        page.get_by_role("link", name="Use OpenBao or Vault").click()
        expect(page.get_by_role("heading", name="Use OpenBao or Vault")).to_be_visible()
        assert desk.findings() == []
        page.get_by_label("Address of the server").fill(f"http://127.0.0.1:{openbao.port}")
        page.get_by_label("Path of the transit engine").fill("transit")
        page.get_by_label("Name of the key").fill(held.key)
        page.get_by_label("Token, or secret ID").fill(held.token)
        page.get_by_role("button", name="Check and use this key").click()
        expect(page.get_by_text(held.wanted.address)).to_be_visible()
        expect(page.get_by_text("Seals in a minute")).to_be_visible()
        assert desk.findings() == []
        openbao.disable_key(held.key)
        page.wait_for_timeout(2_000)
        page.goto(encryption(product))
        expect(page.get_by_text("The key is taken away")).to_be_visible()
        assert desk.findings() == []
        openbao.enable_key(held.key)
        page.get_by_role("button", name="Ask again").click()
        expect(page.get_by_text("The keys open.")).to_be_visible()
    assert desk.complaints == []


def test_refusal_is_told_under_its_field_and_the_token_is_gone(
    browser: Browser, product: Product, held: Holding, openbao: OpenBao
) -> None:
    with screen(browser, **PHONE) as phone:
        page = phone.page
        log_in(page, product, held.customer)
        page.goto(f"{encryption(product)}openbao/")
        page.get_by_label("Address of the server").fill(f"http://127.0.0.1:{openbao.port}")
        page.get_by_label("Path of the transit engine").fill("transit")
        page.get_by_label("Name of the key").fill(held.key)
        page.get_by_label("Token, or secret ID").fill("bao.wrong")
        page.get_by_role("button", name="Check and use this key").click()
        expect(page.get_by_text("The key service refuses")).to_be_visible()
        expect(page.get_by_label("Token, or secret ID")).to_have_value("")
        expect(page.get_by_label("Name of the key")).to_have_value(held.key)
        assert (phone.findings(), phone.overflow()) == ([], 0)


@pytest.mark.parametrize("path", ["", "openbao/", "aws/", "leave/"])
def test_pages_fit_a_phone(browser: Browser, product: Product, held: Holding, path: str) -> None:
    with screen(browser, **PHONE) as phone:
        log_in(phone.page, product, held.customer)
        phone.page.goto(f"{encryption(product)}{path}")
        expect(phone.page.get_by_role("heading", level=1)).to_be_visible()
        assert (phone.findings(), phone.overflow()) == ([], 0)
