"""Pages that mean harm, or do some without meaning to."""

import re

from playwright.sync_api import Browser, Route, expect

from askorac.testing.screen import DESKTOP
from askorac.testing.widget_socket import Frame, Line

from .visiting import SOURCES, visiting

ANSWER = "1. It is **41 metres** tall [1], see `x`.\n\n> Quoted"
# As old libraries do: methods replaced, and JSON made otherwise. What is read here stays as it is.
OLD_LIBRARY = """<script>
  for (const name of ['map', 'forEach', 'filter', 'find', 'some', 'every', 'reduce', 'flat',
    'entries', 'findLastIndex', 'toReversed', 'at']) {
    Array.prototype[name] = () => { throw new Error(`${name} is replaced`); };
  }
  Array.from = () => { throw new Error('from is replaced'); };
  String.prototype.toJSON = function () { return '"' + this + '"'; };
  Array.prototype.toJSON = () => 'meddled';
  Object.prototype.extra = 1;
  Object.freeze(Object.prototype);
  Object.freeze(Array.prototype);
</script>"""
TRANSFORMED = """<style>* {
  all: unset !important; display: none !important; transform: scale(.3) rotate(9deg) !important;
  filter: blur(3px) !important; opacity: .2 !important;
} html, body { display: block !important; }</style>"""
# What lists against annoyances look for: parts of addresses, and names in the page.
BLOCKED = re.compile(
    r"chat[-_]?(widget|box|bot|bubble)|live[-_]?chat|intercom|zendesk|crisp|drift|tawk|messenger"
    r"|[/._-](ads?|adserver|banners?|popups?|beacon|track(er|ing)?|analytics|pixel|promo)[/._-]"
)
HIDDEN = """<style>:is([class*=chat i], [id*=chat i], [class*=widget i], [id*=widget i],
  [class*=popup i], [class*=intercom i], [class*=banner i], [class^=ad-], [id^=ad-]) {
  display: none !important }</style>"""


def answers(line: Line) -> None:
    line.greet()
    line.answer(ANSWER, citations=SOURCES)


def test_replaced_methods_and_frozen_prototypes_harm_nothing(browser: Browser):
    asked: list[Frame] = []

    def script(line: Line) -> None:
        line.greet()
        asked.append(line.expect("ask"))
        line.tell(asked[0]["id"], ANSWER)
        line.send("citations", id=asked[0]["id"], items=SOURCES)
        line.finish(asked[0]["id"], ANSWER, suggestions=["And wide?"])

    with visiting(browser, script, head=OLD_LIBRARY) as visit:
        for _ in range(2):  # the second time with what was kept
            visit.open()
            expect(visit.page.locator(".chips button")).to_have_count(3)
            visit.page.reload()
        visit.open()
        visit.ask("How tall is it?")
        expect(visit.answer.locator("li > p > strong")).to_have_text("41 metres")
        expect(visit.answer.locator(".card")).to_have_count(2)
        expect(visit.answer.locator("blockquote")).to_have_text("Quoted")
        visit.page.get_by_role("button", name="Earlier conversations").click()
        expect(visit.page.locator(".past li")).to_have_count(1)
        visit.page.keyboard.press("Escape")
        visit.page.keyboard.press("Tab")
    assert asked[0]["question"] == "How tall is it?"


def test_transform_of_everything_moves_nothing(browser: Browser):
    boxes = []
    for head in ("", TRANSFORMED):
        with visiting(browser, answers, head=head, reduced_motion="reduce", **DESKTOP) as visit:
            visit.open()
            visit.ask("How tall is it?")
            expect(visit.answer.locator(".card")).to_have_count(2)
            visit.rest()
            parts = (visit.bubble, visit.panel, visit.field, visit.answer)
            boxes.append([part.bounding_box() for part in parts])
    assert boxes[1] == boxes[0]


def test_usual_rules_of_an_ad_blocker_find_nothing(browser: Browser):
    blocked: list[str] = []

    def block(route: Route) -> None:
        if BLOCKED.search(route.request.url.partition("//")[2].partition("/")[2]):
            blocked.append(route.request.url)
            route.abort()
        else:
            route.fallback()

    with visiting(browser, answers, head=HIDDEN) as visit:
        visit.page.route("**/*", block)
        visit.page.reload()
        visit.open()
        visit.ask("How tall is it?")
        expect(visit.answer.locator(".card")).to_have_count(2)
        visit.page.get_by_role("button", name="Helpful", exact=True).click()
    assert blocked == []


def test_widget_outlives_a_page_that_replaces_its_content(browser: Browser):
    with visiting(browser, answers) as visit:
        visit.open()
        visit.page.evaluate(
            "document.querySelector('askorac-widget').remove();"
            "document.body.replaceWith(document.createElement('body'))"
        )
        expect(visit.panel).to_be_visible()
        visit.ask("How tall is it?")
        expect(visit.answer.locator(".card")).to_have_count(2)
        visit.page.evaluate(
            "new MutationObserver(() => document.querySelector('askorac-widget')?.remove())"
            ".observe(document, { childList: true, subtree: true });"
            "document.body.append('x')"
        )
        expect(visit.page.locator("askorac-widget")).to_have_count(0)


def test_page_from_the_back_cache_is_connected_again(browser: Browser):
    with visiting(browser, answers) as visit:
        visit.open()
        expect(visit.page.locator(".chips button")).to_have_count(3)
        visit.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
        with visit.page.expect_websocket():
            visit.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow'))")
        visit.ask("How tall is it?")
        expect(visit.answer.locator(".card")).to_have_count(2)
