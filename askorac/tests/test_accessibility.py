"""Every page, as axe sees it: light and dark, both widths. Those of the dashboard are found by
introspection.

A page whose parameters are ids of tenants' rows needs no line here.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from askorac.tenancy.context import tenant
from askorac.testing.people import Customer, new_customer
from askorac.testing.product import Product
from askorac.testing.screen import DESKTOP, PHONE, Screen, screen
from conversations.models import Channel, Conversation
from projects.look import GREETING
from projects.models import Project

from .test_dashboard_browser import log_in
from .test_doors import MEMBERS, ids_of

pytestmark = pytest.mark.long

# The API's operations, which one template draws: all are seen once, and these from one side only.
ALIKE = [".docs-text > section:nth-of-type(n + 6)"]
# Each width is read whole once. In the dark colours differ, and by the light a phone has those of
# the desktop on what it shows in the dark.
SIGHTS: tuple[tuple[str, dict[str, Any], str, dict[str, Any]], ...] = (
    ("desktop", DESKTOP, "light", {}),
    ("desktop", DESKTOP, "dark", {"only": ["color-contrast"], "beside": ALIKE}),
    # axe leaves out the size of targets by itself.
    ("phone", PHONE, "dark", {"also": ["target-size"], "beside": ALIKE}),
)
PUBLIC = (
    "",
    "security/",
    "accounts/login/",
    "accounts/signup/",
    "accounts/password/reset/",
    "api/v1/docs/",
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
    assert opened.hosts == {urlsplit(product.url).netloc}


def test_no_public_page_has_findings_or_overflows(product: Product, browser: Browser) -> None:
    with screen(browser, **DESKTOP) as opened:
        seen = {path: seen_from_all_sides(opened, product, f"/{path}") for path in PUBLIC}
    assert seen == {path: {} for path in PUBLIC}
    assert opened.complaints == []
    assert opened.hosts == {urlsplit(product.url).netloc}


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
        wrong[f"{name}, {scheme}, {rules}"] = opened.findings(**rules), opened.overflow()
    return {side: found for side, found in wrong.items() if found != ([], 0)}


@pytest.mark.parametrize("options", [DESKTOP, PHONE], ids=["light", "dark-phone"])
def test_full_page_of_an_assistant_answers_and_has_no_findings(
    inhabited: tuple[Customer, list[str]],
    product: Product,
    browser: Browser,
    options: dict[str, Any],
) -> None:
    with tenant(inhabited[0].id):
        project = Project.objects.earliest("created_at")
    with screen(browser, **options) as opened:
        page = opened.page
        page.goto(f"{product.url}/chat/{project.public_key}/")
        expect(page.locator(".greeting")).to_have_text(GREETING)
        expect(page.locator(".chat-still")).to_be_hidden()
        page.get_by_role("textbox").fill("How many days?")
        page.get_by_role("textbox").press("Enter")
        expect(page.get_by_role("article")).to_have_attribute("aria-busy", "false")
        page.get_by_role("button", name="Helpful", exact=True).click()
        expect(page.get_by_label("What was good or missing?")).to_be_visible()
        assert (opened.findings(), opened.overflow()) == ([], 0)
        page.get_by_role("button", name="Earlier conversations").click()
        expect(page.get_by_text("This conversation")).to_be_visible()
        assert opened.findings() == []
    assert opened.complaints == []
    assert opened.hosts == {urlsplit(product.url).netloc}
    with tenant(inhabited[0].id):
        asked = [
            each.channel
            for each in Conversation.objects.filter(project_id=project.pk)
            if each.page_url.open().endswith(f"/chat/{project.public_key}/")
        ]
        assert set(asked) == {Channel.PAGE}


def test_preview_takes_on_what_is_typed(
    inhabited: tuple[Customer, list[str]], product: Product, browser: Browser
) -> None:
    customer = inhabited[0]
    with tenant(customer.id):
        project = Project.objects.earliest("created_at")
    with screen(browser, **DESKTOP) as opened:
        page = opened.page
        log_in(page, product, customer)
        page.goto(f"{product.url}/app/projects/{project.pk}/look/")
        panel = page.locator("#look-panel .panel")
        expect(panel.locator(".greeting")).to_have_text(GREETING)
        page.get_by_label("Name").fill("Pilot")
        page.get_by_label("Greeting").fill("Ahoy.")
        page.get_by_label("Suggested questions").fill("How deep?\nHow far?")
        page.get_by_label("Colour", exact=True).fill("#f4c95d")
        page.get_by_label("Light or dark").select_option("dark")
        expect(panel.locator("h2")).to_have_text("Pilot")
        expect(panel.locator(".greeting")).to_have_text("Ahoy.")
        expect(panel.locator(".chips button")).to_have_text(["How deep?", "How far?"])
        expect(panel).to_have_css("background-color", "rgb(27, 33, 38)")
        expect(page.locator(".look-bubble")).to_have_css("background-color", "rgb(244, 201, 93)")
        expect(page.locator("#look-contrast")).to_contain_text("Letters on it are black")
        assert opened.findings() == []
    assert opened.complaints == []
