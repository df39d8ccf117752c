"""What a visitor can do with answers and conversations, and what a site can do with the widget."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, expect

from askorac.testing.screen import DESKTOP
from askorac.testing.waiting import wait_until
from askorac.testing.widget_socket import PUBLIC_KEY, Frame, Line

from .visiting import Visit, visiting

ANSWER = "The tower is 41 metres tall."
SAID: list[Frame] = [
    {"id": "m1", "role": "visitor", "text": "How tall?", "citations": [], "answered": True},
    {"id": "m2", "role": "assistant", "text": ANSWER, "citations": [], "answered": True},
]


def answers(line: Line) -> None:
    line.greet()
    line.answer(ANSWER)


def tool(visit: Visit, name: str) -> Any:
    return visit.page.get_by_role("button", name=name, exact=True)


@contextmanager
def answered(browser: Browser, script: Any = answers, **options: Any) -> Iterator[Visit]:
    with visiting(browser, script, **options) as visit:
        visit.open()
        visit.ask("How tall is it?")
        expect(visit.answer).to_have_attribute("aria-busy", "false")
        yield visit


def test_answer_is_copied_with_and_without_the_clipboards_door(browser: Browser):
    options = {**DESKTOP, "permissions": ["clipboard-read", "clipboard-write"]}
    with answered(browser, **options) as visit:
        for denied in (False, True):
            if denied:
                visit.page.evaluate(
                    "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
                )
            tool(visit, "Copy the answer").click()
            expect(tool(visit, "Copy the answer")).to_have_attribute("title", "Copied")
            visit.field.fill("")
            visit.field.press("Control+V")
            expect(visit.field).to_have_value(ANSWER)


def test_answer_is_rated_with_a_comment_and_the_rating_taken_back(browser: Browser):
    rated: list[Frame] = []

    def script(line: Line) -> None:
        line.greet()
        line.answer(ANSWER)
        rated.extend(line.expect("feedback") for _ in range(3))

    with answered(browser, script) as visit:
        tool(visit, "Not helpful").click()
        expect(tool(visit, "Not helpful")).to_have_attribute("aria-pressed", "true")
        visit.page.get_by_label("What was good or missing?").fill("In feet, too.")
        visit.answer.get_by_role("button", name="Send").click()
        expect(visit.answer).to_contain_text("Kept with your rating.")
        tool(visit, "Not helpful").click()
        expect(tool(visit, "Not helpful")).to_have_attribute("aria-pressed", "false")
        expect(visit.answer).not_to_contain_text("Kept with your rating.")
        wait_until(lambda: len(rated) == 3, lambda: rated)
    assert [(frame["value"], frame.get("comment")) for frame in rated] == [
        (-1, None),
        (-1, "In feet, too."),
        (None, None),
    ]
    assert {frame["message"] for frame in rated} == {rated[0]["message"]}


def test_rating_given_before_is_shown_and_its_refusal_ends_no_answer(browser: Browser):
    def script(line: Line) -> None:
        line.greet(messages=[SAID[0], {**SAID[1], "rating": 1}])
        asked = line.start()
        line.expect("feedback")
        line.send("failed", code="bad_request", message="Nothing was kept.", feedback="m2")
        line.finish(asked, ANSWER)

    with visiting(browser, script) as visit:
        visit.open()
        expect(tool(visit, "Helpful")).to_have_attribute("aria-pressed", "true")
        visit.ask("And now?")
        tool(visit, "Not helpful").first.click()
        expect(visit.answer).to_contain_text(ANSWER)
        expect(visit.page.locator(".status")).to_have_text("Nothing was kept.")


def test_contact_is_offered_where_there_is_no_answer(browser: Browser):
    contact = {"label": "Write to us", "url": "mailto:help@lighthouse.example"}

    def script(line: Line) -> None:
        line.greet()
        line.answer("The documents do not say.", answered=False, contact=contact)

    with answered(browser, script) as visit:
        link = visit.answer.get_by_role("link", name="Write to us")
        expect(link).to_have_attribute("href", contact["url"])


def test_conversations_are_begun_found_again_and_deleted(browser: Browser):
    hellos: list[Frame] = []

    def first(line: Line) -> None:
        hellos.append(line.greet())
        line.answer(ANSWER)

    def second(line: Line) -> None:
        hellos.append(line.greet(conversation="c2", resume="r2"))

    def again(line: Line) -> None:
        hellos.append(line.greet(messages=SAID))

    def third(line: Line) -> None:
        hellos.append(line.greet(conversation="c3", resume="r3"))

    with visiting(browser, first, second, again, third) as visit:
        visit.open()
        visit.ask("How tall is it?")
        expect(visit.answer).to_contain_text(ANSWER)
        tool(visit, "New conversation").click()
        expect(visit.page.locator(".chips button")).to_have_count(3)
        expect(visit.page.locator(".question")).to_have_count(0)
        expect(visit.field).to_be_focused()

        tool(visit, "Earlier conversations").click()
        earlier = visit.page.get_by_role("region", name="Earlier conversations")
        earlier.get_by_role("button", name="How tall is it?").first.click()
        expect(visit.answer).to_contain_text(ANSWER)
        tool(visit, "Earlier conversations").click()
        expect(earlier).to_contain_text("This conversation")
        earlier.press("Escape")
        expect(earlier).to_have_count(0)
        expect(visit.panel).to_be_visible()

        tool(visit, "Earlier conversations").click()
        earlier.get_by_role("button", name="Delete from this device").click()
        expect(visit.page.locator(".question")).to_have_count(0)
        tool(visit, "Earlier conversations").click()
        expect(earlier).to_contain_text("None on this device yet.")
        wait_until(lambda: len(hellos) == 4, lambda: hellos)
    assert [(hello.get("conversation"), hello.get("resume")) for hello in hellos] == [
        (None, None),
        (None, None),
        ("c1", "r1"),
        (None, None),
    ]


def test_context_of_the_tag_and_of_a_command_goes_along_with_questions(browser: Browser):
    asked: list[Frame] = []

    def script(line: Line) -> None:
        line.greet()
        for _ in range(3):
            asked.append(line.expect("ask"))
            line.finish(asked[-1]["id"], ANSWER)

    attributes = """data-orac-context='{"plan":"Quay"}'"""
    with visiting(browser, script, attributes=attributes) as visit:
        visit.open()
        for command in ("", "Orac('context', { plan: ['Harbour'] })", "Orac('context', 'x' * 1)"):
            visit.page.evaluate(command.replace("'x' * 1", "'x'.repeat(9000)") or "0")
            visit.ask("What do I pay?")
            expect(visit.answer).to_have_attribute("aria-busy", "false")
    assert [frame["context"] for frame in asked] == [
        '{"plan":"Quay"}',
        '{"plan":["Harbour"]}',
        "x" * 4000,
    ]


def test_site_listens_begins_anew_and_takes_the_widget_out(browser: Browser):
    queue = (
        "<script>window.Orac = function () { (Orac.q = Orac.q || []).push(arguments) };"
        "window.told = []; const hear = ({ type }) => told.push(type);"
        "for (const name of ['ready', 'open', 'close']) Orac('on', name, hear);"
        "</script>"
    )
    with visiting(browser, answers, head=queue) as visit:
        visit.open()
        visit.ask("How tall is it?")
        expect(visit.answer).to_contain_text(ANSWER)
        visit.page.evaluate("Orac('off', 'close', hear); Orac('reset')")
        expect(visit.page.locator(".question")).to_have_count(0)
        expect(visit.panel).to_be_visible()
        assert visit.kept().get("conversation") != "c1" or visit.kept()["past"]
        visit.page.evaluate("Orac('close'); Orac('destroy')")
        expect(visit.page.locator("askorac-widget")).to_have_count(0)
        assert visit.page.evaluate("told") == ["orac:ready", "orac:open", "orac:open"]


def test_two_assistants_live_on_one_page(browser: Browser):
    second = (
        '<section><div id="desk" style="height:500px"></div></section>'
        '<script async src="HOST/widget.js"'
        ' data-orac-project="pk_second" data-orac-target="#desk"></script>'
    )
    first = f'<script async src="HOST/widget.js" data-orac-project="{PUBLIC_KEY}"></script>'

    def greets(line: Line) -> None:
        line.greet()
        line.answer(ANSWER)

    with visiting(browser, greets, tag=first + second) as visit:
        inline = visit.page.locator("#desk")
        expect(inline.locator(".chips button")).to_have_count(3)
        assert visit.page.evaluate("document.activeElement === document.body")
        assert inline.locator(".panel").bounding_box()["height"] == 500
        visit.page.evaluate("Orac('ask', 'How tall is it?', { project: 'pk_second' })")
        expect(inline.locator(".answer")).to_contain_text(ANSWER)
        expect(visit.page.locator(".bubble")).to_have_attribute("aria-expanded", "false")
        visit.page.evaluate("Orac('open')")
        expect(visit.panel).to_be_visible()
        expect(visit.panel.locator(".question")).to_have_count(0)
        assert [len(visit.heard(name)) for name in ("ready", "question", "open")] == [2, 1, 1]
        assert visit.screen.findings() == []


def test_answers_part_that_does_not_load_can_be_tried_again(browser: Browser):
    with visiting(browser, answers) as visit:
        visit.page.route("**/answer.js", lambda route: route.abort())
        visit.open()
        visit.page.evaluate("Orac('ask', 'How tall is it?')")
        expect(tool(visit, "Try again")).to_be_visible()
        visit.screen.complaints.clear()
