"""The whole way in Chromium, over two origins: from signing up to a cited answer in the widget."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from askorac.environment import DATA_DIR
from askorac.testing.pdf import pdf_of
from askorac.testing.product import Product
from askorac.testing.screen import DESKTOP, PHONE, Screen, screen

HANDBOOK = pdf_of(
    "The Port Ellery ferry handbook.\nIt describes the timetable, the fares and the fleet.",
    "Dogs and other animals.\nA dog travels free of charge on the lower deck,\n"
    "if it is on a lead and wears a muzzle.\nCats stay in a basket.",
    "Bicycles.\nA bicycle costs four euros a crossing.\nTandems are not carried in July.",
)
QUESTION = "Does my dog travel free of charge?"


@pytest.fixture(scope="module")
def project_url(browser: Browser, product: Product) -> Iterator[str]:
    """A new customer's project, made by hand, with the handbook in it and the demo site allowed."""
    with screen(browser, **DESKTOP) as desk:
        page = desk.page
        sign_up(page, product)
        page.goto(f"{product.url}/app/projects/new/")
        page.get_by_label("Name").fill("Ferry desk")
        page.get_by_role("main").get_by_role("button").click()
        page.wait_for_url("**/app/projects/*-*/**")
        url = page.url.partition("/app/projects/")[2].partition("/")[0]
        url = f"{product.url}/app/projects/{url}"
        upload_handbook(page, url)
        allow_demo_site(page, url)
        assert desk.findings() == []
        assert desk.complaints == []
        yield url


def sign_up(page: Page, product: Product) -> None:
    page.goto(product.url)
    page.get_by_role("link", name="Create an account").first.click()
    page.get_by_label("Your name").fill("Ada Ferry")
    page.get_by_label("Organization").fill("Port Ellery Ferries")
    email = f"{uuid4().hex}@ferries.example"
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("a-long-way-over-water")
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_label("Code")).to_be_visible()
    page.get_by_label("Code").fill(code_sent_to(email))
    page.get_by_role("button", name="Confirm address").click()
    page.wait_for_url(f"{product.url}/app/**")


def code_sent_to(email: str) -> str:
    """The code in the mail, which lies in a folder where there is no mail server."""
    letters = [path.read_text("utf-8") for path in (DATA_DIR / "mail").iterdir()]
    [letter] = [letter for letter in letters if f"To: {email}" in letter]
    [code] = re.findall(r"^([A-Z0-9-]{6,12})$", letter, re.MULTILINE)
    return code


def upload_handbook(page: Page, project_url: str) -> None:
    page.goto(f"{project_url}/knowledge/")
    file = {"name": "handbook.pdf", "mimeType": "application/pdf", "buffer": HANDBOOK}
    page.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    row = page.get_by_role("row", name="handbook.pdf")
    expect(row.get_by_text("Ready")).to_be_visible()


def allow_demo_site(page: Page, project_url: str) -> None:
    page.goto(f"{project_url}/install/")
    page.locator("textarea").fill("localhost")
    page.get_by_role("button", name="Save sites").click()
    expect(page.locator("textarea")).to_have_value("localhost")
    key = "pk_" + (page.locator("#snippet").text_content() or "").partition("pk_")[2][:24]
    (DATA_DIR / "demo.json").write_text(json.dumps({"public_key": key}), encoding="utf-8")


def widget(page: Page) -> Locator:
    return page.locator("askorac-widget")


def test_question_on_another_site_is_answered_and_cited(
    browser: Browser, product: Product, project_url: str
) -> None:
    with screen(browser, **DESKTOP) as visitor:
        page = visitor.page
        page.goto(product.demo_url)
        widget(page).get_by_role("button", name="Ask a question").click()
        field = widget(page).get_by_role("textbox")
        expect(field).to_be_focused()
        field.fill(QUESTION)
        field.press("Enter")
        expect(widget(page).get_by_text("A dog travels free of charge").first).to_be_visible()
        source = widget(page).get_by_role("link", name="Page 2")
        expect(source).to_be_visible()
        assert visitor.findings() == []
        with page.context.expect_page() as opened:
            source.click()
        cited = opened.value
        expect(cited.locator("mark")).to_contain_text("A dog travels free of charge")
        expect(cited.get_by_text("Page 2")).to_be_visible()
        assert cited.url.startswith(product.url)

        field.fill("Who won the chess world championship of 1972?")
        field.press("Enter")
        expect(widget(page).get_by_text("could not find").first).to_be_visible()
        page.reload()
        widget(page).get_by_role("button", name="Ask a question").click()
        expect(widget(page).get_by_text(QUESTION).first).to_be_visible()
        assert visitor.complaints == []


def test_member_reads_the_conversation(
    browser: Browser, product: Product, project_url: str
) -> None:
    with screen(browser, **DESKTOP) as visitor:
        ask_once(visitor, product, "What does a bicycle cost?")
    member = browser.contexts[0].pages[0]
    member.goto(f"{project_url}/conversations/")
    member.get_by_role("link", name="What does a bicycle cost?").click()
    expect(member.get_by_text("A bicycle costs four euros").first).to_be_visible()
    expect(member.get_by_text("Page 3").first).to_be_visible()


def ask_once(visitor: Screen, product: Product, question: str) -> None:
    page = visitor.page
    page.goto(product.demo_url)
    widget(page).get_by_role("button", name="Ask a question").click()
    field = widget(page).get_by_role("textbox")
    field.fill(question)
    field.press("Enter")
    expect(widget(page).get_by_role("link", name="Page 3")).to_be_visible()


def test_keyboard_alone_on_a_phone(
    browser: Browser, product: Product, project_url: str, tmp_path: Path
) -> None:
    with screen(browser, **PHONE) as visitor:
        page = visitor.page
        page.goto(product.demo_url)
        expect(widget(page)).to_be_attached()
        for _ in range(40):
            page.keyboard.press("Tab")
            if focused(page).startswith("Ask a question"):
                break
        page.keyboard.press("Enter")
        expect(widget(page).get_by_role("textbox")).to_be_focused()
        page.keyboard.type(QUESTION)
        page.keyboard.press("Enter")
        expect(widget(page).get_by_role("link", name="Page 2")).to_be_visible()
        assert visitor.findings() == []
        assert visitor.overflow() == 0
        for _ in range(20):
            page.keyboard.press("Shift+Tab")
            if "Page 2" in focused(page):
                break
        with page.context.expect_page() as opened:
            page.keyboard.press("Enter")
        expect(opened.value.locator("mark")).to_contain_text("free of charge")
        page.bring_to_front()
        page.keyboard.press("Escape")
        assert focused(page).startswith("Ask a question")
        assert visitor.complaints == []


def focused(page: Page) -> str:
    """The name of what has the focus, inside shadow roots too."""
    name: str = page.evaluate(
        """() => {
            let element = document.activeElement;
            while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
            return element?.ariaLabel || element?.textContent || '';
        }"""
    )
    return name
