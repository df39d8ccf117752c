"""Every page of the dashboard, found by introspection, as axe sees it: light and dark, both widths.

A page whose parameters are ids of tenants' rows needs no line here.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from askorac.testing.people import Customer, new_customer
from askorac.testing.product import Product
from askorac.testing.screen import DESKTOP, PHONE, Screen, screen

from .test_dashboard_browser import log_in
from .test_doors import MEMBERS, ids_of

# Colours differ in the dark, and what lies under a finger on a phone; all else is the same.
SIGHTS: tuple[tuple[str, dict[str, Any], str, tuple[str, ...]], ...] = (
    ("desktop", DESKTOP, "light", ()),
    ("desktop", DESKTOP, "dark", ("color-contrast",)),
    ("phone", PHONE, "dark", ("color-contrast", "target-size")),
    ("phone", PHONE, "light", ()),
)


@pytest.fixture(scope="module")
def inhabited() -> tuple[Customer, list[str]]:
    """A customer with a row of everything, and the addresses of it all; made before the browser
    is there, since its loop would be in the way of the work."""
    customer = new_customer("Harbour")
    ids = ids_of(customer)
    return customer, [door.path(ids) for door in MEMBERS if not door.unknown()]


def test_no_page_of_the_dashboard_has_findings_or_overflows(
    inhabited: tuple[Customer, list[str]], product: Product, browser: Browser
) -> None:
    customer, paths = inhabited
    with screen(browser, **DESKTOP) as opened:
        log_in(opened.page, product, customer)
        seen = {path: seen_from_all_sides(opened, product, path) for path in paths}
    assert {path: wrong for path, wrong in seen.items() if wrong} == {}
    assert opened.complaints == []


def seen_from_all_sides(opened: Screen, product: Product, path: str) -> dict[str, Any]:
    """What is wrong with a page, by how it is seen; nothing if the address is no page."""
    page = opened.page
    page.set_viewport_size(DESKTOP["viewport"])
    answer = page.context.request.get(f"{product.url}{path}")
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    if answer.status != 200 or not is_page or "<html" not in answer.text():
        return {} if answer.status in {200, 405} else {"status": answer.status}
    page.goto(f"{product.url}{path}")
    wrong: dict[str, Any] = {}
    for name, options, scheme, rules in SIGHTS:
        page.set_viewport_size(options["viewport"])
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # it is one of the two
        wrong[f"{name}, {scheme}"] = opened.findings(*rules), opened.overflow()
    return {side: found for side, found in wrong.items() if found != ([], 0)}
