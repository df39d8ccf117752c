"""What the widget weighs on a visitor's line, by what a browser really loads.

It is shipped as reviewed: nothing shrinks it.
"""

import gzip
import re

from playwright.sync_api import Browser, expect

from askorac.testing.widget_socket import WIDGET, Line

from .visiting import visiting

MOST_TAG = 3_000  # bytes, gzipped, as all of these
MOST_OPENED = 12_000  # more, with the first opening
MOST_ANSWERED = 6_000  # more, with the first answer


def weight(path: str) -> int:
    name = "loader.js" if path == "/widget.js" else path.removeprefix("/static/widget/")
    return len(gzip.compress((WIDGET / name).read_bytes(), compresslevel=6, mtime=0))


def answers(line: Line) -> None:
    line.greet()
    line.answer("It is **41 metres** tall.")


def test_tag_panel_and_answer_are_light(browser: Browser):
    with visiting(browser, answers) as visit:
        expect(visit.bubble).to_be_visible()
        tag = visit.server.requests[1:]
        visit.open()
        expect(visit.page.locator(".chips button")).to_have_count(3)
        visit.page.wait_for_timeout(500)
        opened = visit.server.requests[1 + len(tag) :]
        visit.ask("How tall is it?")
        expect(visit.answer).to_have_attribute("aria-busy", "false")
        answered = visit.server.requests[1 + len(tag) + len(opened) :]
    assert tag == ["/widget.js"]
    assert sum(map(weight, tag)) <= MOST_TAG
    assert sum(map(weight, opened)) <= MOST_OPENED
    assert sum(map(weight, answered)) <= MOST_ANSWERED
    loaded = {path.rpartition("/")[2] for path in (*opened, *answered)} | {"loader.js"}
    assert {path.name for path in WIDGET.glob("*.js")} - loaded == {"history.js", "comment.js"}


def test_no_text_can_become_markup():
    for path in WIDGET.rglob("*.js"):
        found = re.findall(
            rb"innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|createContextualFragment"
            rb"|\beval\b|new Function|setAttribute\('style|setHTML",
            path.read_bytes(),
        )
        assert (path.name, found) == (path.name, [])
