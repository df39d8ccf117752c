"""An assistant whose key was taken away: the widget says so, and works again without a reload."""

import pytest
from playwright.sync_api import Browser, expect

from askorac.testing.screen import DESKTOP, PHONE
from askorac.testing.widget_socket import Line
from conversations.events import CLOSED

from .test_widget_resume import SAID
from .visiting import visiting

WHY = {"code": "key_revoked", "message": CLOSED}


def closed_then_open(line: Line) -> None:
    """Closed at first; open when the visitor asks for the second time."""
    line.greet(closed=WHY, project={"greeting": "", "suggestions": []})
    line.greet(closed=WHY, project={"greeting": "", "suggestions": []})
    line.send("failed", id=line.expect("ask")["id"], **WHY)
    line.greet(messages=SAID)
    line.answer("It is **41 metres** tall.")


@pytest.mark.parametrize("options", [DESKTOP, PHONE], ids=["light", "dark-phone"])
def test_closed_assistant_says_so_and_works_again_when_it_is_asked(
    browser: Browser, options: dict[str, object]
) -> None:
    with visiting(browser, closed_then_open, **options) as visit:
        visit.open()
        status = visit.page.get_by_role("status")
        expect(status).to_have_text(CLOSED)
        visit.ask("And how tall?")
        failure = visit.page.locator(".failure")
        expect(failure).to_have_text(CLOSED)
        expect(visit.page.locator(".question")).to_have_count(1)
        visit.page.get_by_role("button", name="Try again").click()
        expect(visit.answer).to_contain_text("It is 41 metres tall.")
        expect(status).to_have_text("")
        expect(visit.page.locator(".greeting")).to_have_text("Hello. Ask about the lighthouse.")
        expect(visit.page.locator(".question")).to_have_count(2)
        assert [each["code"] for each in visit.heard("error")] == ["key_revoked"]


def test_closed_assistant_speaks_the_page_s_language(browser: Browser) -> None:
    def closed(line: Line) -> None:
        line.greet(closed=WHY)
        line.idle()

    with visiting(browser, closed, attributes='data-orac-locale="de"') as visit:
        visit.open()
        expect(visit.page.get_by_role("status")).to_contain_text("zurzeit von seinem Betreiber")


def test_what_was_said_is_shown_when_the_key_is_back_and_the_line_breaks(browser: Browser) -> None:
    def closed(line: Line) -> None:
        line.greet(closed=WHY)
        line.cut()

    def opened(line: Line) -> None:
        line.greet(messages=SAID)
        line.idle()

    with visiting(browser, closed, opened) as visit:
        visit.open()
        expect(visit.page.get_by_text("It is 41 metres tall")).to_be_visible()
        expect(visit.page.get_by_role("status")).to_have_text("")
