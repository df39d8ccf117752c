"""The dashboard in Chromium, on the real product: with and without JavaScript, and on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from askorac.jobs.models import State
from askorac.tenancy.context import tenant
from askorac.tenancy.router import ACCOUNTS
from askorac.testing.keys import taken_away
from askorac.testing.pages import browser as client_of
from askorac.testing.people import PASSWORD, Customer, new_customer, new_project
from askorac.testing.product import Product
from askorac.testing.screen import DESKTOP, PHONE, Screen, screen
from knowledge.tests.test_shelves import fill
from projects.changes import change_project
from projects.models import Member, Project
from projects.tests.test_second_factors import code_now

HOURS = b"# Opening hours\n\nThe harbour office is open from nine to five on every weekday.\n"
LONG_NAME = "Conditions of carriage, lost property and all the rules that nobody reads"
ARABIC_NAME = "دليل المسافر إلى القطارات الليلية"
ROOMS = (
    "",
    "knowledge/",
    "knowledge/text/",
    "search/",
    "playground/",
    "conversations/",
    "install/",
    "settings/",
)


def log_in(page: Page, product: Product, customer: Customer) -> None:
    """By a session that is there, for tests of what comes after; ends on the first page."""
    cookie = client_of(customer.owner).cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": product.url}])
    page.goto(f"{product.url}/app/")


def log_in_by_form(page: Page, product: Product, customer: Customer) -> None:
    page.goto(f"{product.url}/accounts/login/")
    page.get_by_label("Email").fill(customer.owner.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{product.url}/app/")


@pytest.fixture
def desk(browser: Browser, product: Product, organization: Customer) -> Iterator[Screen]:
    """A desktop at which the organization's owner is logged in."""
    with screen(browser, **DESKTOP) as opened:
        log_in(opened.page, product, organization)
        yield opened
    assert opened.complaints == []


def rooms_of(product: Product, customer: Customer, name: str) -> str:
    return f"{product.url}/app/projects/{new_project(customer, name).pk}"


def a_file(name: str, content: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def test_files_are_added_watched_read_and_removed(
    desk: Screen, product: Product, organization: Customer
) -> None:
    page, rooms = desk.page, rooms_of(product, organization, "Harbour")
    page.goto(f"{rooms}/knowledge/")
    files = [a_file("hours.md", HOURS), a_file("broken.pdf", b"%PDF-1.4 broken")]
    page.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    row = page.get_by_role("row", name="hours.md")
    expect(row.get_by_text("Ready")).to_be_visible()
    broken = page.get_by_role("row", name="broken.pdf")
    expect(broken.get_by_role("button", name="Retry")).to_be_visible()
    assert desk.findings() == []

    row.get_by_role("link", name="hours.md", exact=True).click()
    expect(page.get_by_text("open from nine to five")).to_be_visible()
    page.go_back()

    page.get_by_role("link", name="Remove hours.md").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Remove “hours.md”")).to_be_visible()
    assert desk.findings() == []
    dialog.get_by_role("button", name="Remove source").click()
    expect(page.get_by_role("status").get_by_text("“hours.md” was removed.")).to_be_visible()
    expect(row).to_have_count(0)
    expect(broken).to_be_visible()


def test_poll_leaves_the_focus_and_what_has_not_changed(
    desk: Screen, product: Product, organization: Customer
) -> None:
    page, rooms = desk.page, rooms_of(product, organization, "Harbour")
    page.goto(f"{rooms}/knowledge/")
    page.locator("input[type=file]").set_input_files([a_file("first.md", HOURS)])  # type: ignore[arg-type]
    expect(page.get_by_text("Ready")).to_be_visible()
    first = page.get_by_role("row", name="first.md").element_handle()
    page.get_by_role("link", name="Remove first.md").focus()
    page.locator("input[type=file]").set_input_files([a_file("second.md", HOURS)])  # type: ignore[arg-type]
    expect(page.get_by_text("Ready")).to_have_count(2)
    assert first is not None
    assert first.evaluate("row => row.isConnected")
    expect(page.get_by_role("link", name="Remove first.md")).to_be_focused()


def test_sources_are_chosen_while_a_name_is_typed(
    desk: Screen, product: Product, organization: Customer
) -> None:
    page, project = desk.page, new_project(organization, "Harbour")
    fill(organization, project, 6, name="Manual")
    fill(organization, project, 6, name="Terms", state=State.FAILED)
    page.goto(f"{product.url}/app/projects/{project.pk}/knowledge/")
    page.keyboard.press("/")
    page.keyboard.type("terms")
    expect(page.get_by_role("row", name="Manual")).to_have_count(0)
    expect(page.get_by_role("link", name="Terms", exact=False)).to_have_count(12)
    expect(page.get_by_label("Part of the name")).to_be_focused()
    page.get_by_label("State").select_option("Ready")
    expect(page.get_by_text("No source fits")).to_be_visible()
    assert page.url.endswith("?name=terms&state=ready&kind=")
    assert desk.findings() == []


def test_search_shows_what_a_question_finds_and_leads_to_it(
    desk: Screen, product: Product, organization: Customer
) -> None:
    page, rooms = desk.page, rooms_of(product, organization, "Harbour")
    page.goto(f"{rooms}/knowledge/")
    page.locator("input[type=file]").set_input_files([a_file("hours.md", HOURS)])  # type: ignore[arg-type]
    expect(page.get_by_text("Ready")).to_be_visible()
    page.goto(f"{rooms}/search/")
    page.keyboard.type("When is the harbour office open?")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 1 passage reaches the threshold")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Question")).to_be_focused()
    page.get_by_text("Show the whole chunk").click()
    assert desk.findings() == []
    page.get_by_role("link", name="Opening hours").click()
    expect(page.locator(".passage:target")).to_contain_text("open from nine to five")
    assert desk.findings() == []
    page.go_back()
    expect(page.get_by_text("1 of 1 passage reaches the threshold")).to_be_visible()


def test_file_that_is_too_large_is_not_sent(
    desk: Screen, product: Product, organization: Customer, tmp_path: Path
) -> None:
    page, rooms = desk.page, rooms_of(product, organization, "Harbour")
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(50_000_001)
    page.goto(f"{rooms}/knowledge/")
    page.locator("input[type=file]").set_input_files(large)
    expect(page.get_by_text("at most 50 MB are read. Split it")).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("Nothing to answer from yet")).to_be_visible()


def test_dialog_closes_by_escape_and_gives_the_focus_back(
    desk: Screen, product: Product, organization: Customer
) -> None:
    page, rooms = desk.page, rooms_of(product, organization, "Harbour")
    page.goto(f"{rooms}/settings/")
    page.get_by_role("link", name="Delete project").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Type the project's name to confirm")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Delete project")).to_be_focused()


def test_snippet_is_copied_and_the_widget_is_on_the_page(
    desk: Screen, product: Product, organization: Customer
) -> None:
    page, rooms = desk.page, rooms_of(product, organization, "Harbour")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{rooms}/install/")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied.startswith(f'<script async src="{product.url}/widget.js"')
    expect(page.locator("askorac-widget")).to_have_count(1)


def test_playground_answers_with_its_source(
    desk: Screen, product: Product, organization: Customer
) -> None:
    page, rooms = desk.page, rooms_of(product, organization, "Harbour")
    page.goto(f"{rooms}/knowledge/")
    page.locator("input[type=file]").set_input_files([a_file("hours.md", HOURS)])  # type: ignore[arg-type]
    expect(page.get_by_text("Ready")).to_be_visible()
    page.goto(f"{rooms}/playground/")
    question = "When is the harbour office open?"
    page.keyboard.press("/")
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    answer = page.get_by_role("article", name="Answer")
    expect(answer.get_by_text("% sure")).to_be_visible()
    expect(answer.get_by_role("link").first).to_contain_text("Opening hours")
    assert desk.findings() == []

    page.goto(f"{rooms}/conversations/")
    page.get_by_role("link", name=question).click()
    with page.expect_popup() as opened:
        page.locator("a.citation").first.click()
    expect(opened.value.locator("mark")).to_contain_text("from nine to five")
    assert desk.findings() == []


def test_long_and_arabic_names_overflow_no_room(
    browser: Browser, product: Product, organization: Customer
) -> None:
    """What else may be wrong with a page, test_accessibility looks for."""
    rooms = [rooms_of(product, organization, name) for name in (LONG_NAME, ARABIC_NAME)]
    paths = [f"{project}/{room}" for project in rooms for room in ROOMS]
    with screen(browser, **PHONE) as opened:
        log_in(opened.page, product, organization)
        found = {}
        for url in (*paths, f"{product.url}/app/", f"{product.url}/app/account/"):
            opened.page.goto(url)
            for each in (PHONE, DESKTOP):
                opened.page.set_viewport_size(each["viewport"])
                found[url, str(each["viewport"])] = opened.overflow()
    assert {seen: wider for seen, wider in found.items() if wider} == {}
    assert opened.complaints == []


def test_dashboard_works_without_javascript(browser: Browser, product: Product) -> None:
    customer = new_customer("Quiet")
    context = browser.new_context(java_script_enabled=False, **DESKTOP)
    page = context.new_page()
    log_in_by_form(page, product, customer)
    page.get_by_role("main").get_by_role("link", name="New project").click()
    page.get_by_label("Name").fill("Harbour")
    page.get_by_role("button", name="Create project").click()
    page.get_by_role("link", name="Add source").click()
    page.locator("input[type=file]").set_input_files(
        [a_file("hours.md", HOURS), a_file("fees.txt", b"A berth costs four crowns.")]  # type: ignore[list-item]
    )
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("2 files were added.")).to_be_visible()
    page.get_by_role("link", name="Remove fees.txt").click()
    page.get_by_role("button", name="Remove source").click()
    expect(page.get_by_text("“fees.txt” was removed.")).to_be_visible()
    expect(page.get_by_role("row", name="hours.md")).to_be_visible()
    context.close()


def test_part_that_does_not_open_is_a_notice_in_its_place(
    browser: Browser, product: Product, organization: Customer
) -> None:
    rooms = rooms_of(product, organization, "Harbour")
    with tenant(organization.id):
        wanted = {"instructions": "Be brief."}
        change_project(
            project=Project.objects.get(),
            wanted=wanted,
            by=organization.actor,
            now=timezone.now(),
        )
    with taken_away(organization.id), screen(browser, **DESKTOP) as opened:
        page = opened.page
        log_in(page, product, organization)
        page.goto(f"{rooms}/", wait_until="networkidle")  # its own panels are there
        page.evaluate("htmx.ajax('GET', 'settings/', {target: '#step-knowledge', swap: 'keyed'})")
        notice = page.locator("#step-knowledge").get_by_role("status")
        expect(notice).to_contain_text("This content is closed.")
        assert opened.findings() == []


@pytest.fixture
def both(organization: Customer, stranger: Customer) -> Customer:
    """The stranger's organization, to which the owner of the first belongs as well."""
    with tenant(stranger.id, using=ACCOUNTS):
        Member.objects.using(ACCOUNTS).create(
            organization_id=stranger.id,
            user=organization.owner,
            role="viewer",
            created_at=timezone.now(),
        )
    return stranger


def test_organization_is_switched_by_keyboard(
    both: Customer, desk: Screen, product: Product
) -> None:
    page = desk.page
    expect(page.locator(".side-head")).to_contain_text("Acme")
    page.locator(".side").get_by_role("button", name="Switch organization").focus()
    page.keyboard.press("Enter")
    menu = page.get_by_role("navigation", name="Your organizations")
    expect(menu.get_by_role("button", name="Rival")).to_be_visible()
    assert desk.findings() == []
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.keyboard.press("Enter")
    menu.get_by_role("button", name="Rival").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".side-head")).to_contain_text("Rival")


def test_passkey_and_app_are_set_up_and_let_in(
    desk: Screen, product: Product, organization: Customer
) -> None:
    page, factors = desk.page, f"{product.url}/accounts/2fa/"
    with_authenticator(page)
    page.goto(f"{product.url}/app/account/")
    expect(page.get_by_text("This one")).to_be_visible()
    page.get_by_role("link", name="Two factors").click()
    assert desk.findings() == []
    page.get_by_role("link", name="Set up an authenticator app").click()
    secret = page.locator("#totp-secret").inner_text()
    expect(page.get_by_role("img", name="Code for an authenticator app")).to_be_visible()
    assert (desk.findings(), desk.overflow()) == ([], 0)
    page.get_by_label("The code that the app shows").fill(code_now(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("link", name="Download as a file")).to_be_visible()
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Download as a file").click()
    codes = page.locator("#recovery-codes").inner_text().split()
    kept = downloaded.value.path().read_text()
    assert (len(codes), [code for code in codes if code not in kept]) == (10, [])
    assert desk.findings() == []

    page.goto(f"{factors}webauthn/add/")
    assert desk.findings() == []
    page.get_by_label("Name").fill("Desk")
    page.get_by_role("button", name="Add passkey").click()
    page.wait_for_url(factors)
    page.get_by_role("link", name="Manage passkeys").click()
    expect(page.get_by_role("heading", name="Desk")).to_be_visible()
    page.context.clear_cookies()

    page.goto(f"{product.url}/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{product.url}/app/")
    page.context.clear_cookies()

    page.goto(f"{product.url}/accounts/login/")
    page.get_by_label("Email").fill(organization.owner.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Now your second factor")).to_be_visible()
    assert (desk.findings(), desk.overflow()) == ([], 0)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(f"{product.url}/app/")


def with_authenticator(page: Page) -> None:
    """A device that keeps passkeys, and whose owner always agrees."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
