"""A connection that breaks, a page that is left: nothing typed is lost, nothing is told twice."""

import threading

import pytest
from playwright.sync_api import Browser, expect

from askorac.testing.waiting import wait_until
from askorac.testing.widget_socket import Frame, Line

from .visiting import SOURCES, visiting

LOST = "The connection is lost and is being tried again. What was typed is kept."
SAID = [
    {
        "id": "m1",
        "role": "visitor",
        "text": "How tall is it?",
        "citations": [],
        "answered": True,
        "at": "2026-01-01T10:00:00Z",
    },
    {
        "id": "m2",
        "role": "assistant",
        "text": "It is **41 metres** tall [1].",
        "citations": SOURCES[:1],
        "answered": True,
        "at": "2026-01-01T10:00:02Z",
    },
]
ASKED_AGAIN = {**SAID[0], "id": "m3", "text": "When is it open?"}
BROKEN_OFF = {**SAID[1], "id": "m4", "text": "From nine", "citations": []}


def test_answer_goes_on_where_the_connection_broke(browser: Browser):
    heard: list[Frame] = []

    def breaks(line: Line) -> None:
        line.greet()
        asked = line.start()
        line.tell(asked, "one two ")
        line.cut()

    def goes_on(line: Line) -> None:
        heard.append(line.greet())
        asked = line.start()
        line.tell(asked, "two ", at=4)
        line.tell(asked, "three", at=8)
        line.finish(asked, "one two three")

    with visiting(browser, breaks, goes_on) as visit:
        visit.open()
        visit.ask("Count.")
        expect(visit.answer).to_have_text("one two three")
        expect(visit.page.locator(".status")).to_have_text("")
        (question,) = visit.heard("question")
        assert len(visit.heard("answer")) == 1
    assert heard == [
        {
            "type": "hello",
            "conversation": "c1",
            "resume": "r1",
            "turn": question["id"],
            "at": 8,
            "page_url": heard[0]["page_url"],
        }
    ]


def test_question_that_was_not_taken_is_asked_again_with_its_id(browser: Browser):
    asked: list[Frame] = []

    def breaks(line: Line) -> None:
        line.greet()
        asked.append(line.expect("ask"))
        line.cut()

    def answers(line: Line) -> None:
        line.greet()
        asked.append(line.expect("ask"))
        line.finish(asked[1]["id"], "It is 41 metres tall.")

    with visiting(browser, breaks, answers) as visit:
        visit.open()
        visit.ask("How tall is it?")
        expect(visit.answer).to_have_text("It is 41 metres tall.")
        expect(visit.page.locator(".question")).to_have_count(1)
    assert asked[0] == asked[1]


def test_answer_that_ended_meanwhile_is_told_from_the_record(browser: Browser):
    """The server has nothing to go on with, so it answers the repeated question."""

    def breaks(line: Line) -> None:
        line.greet()
        line.tell(line.start(), "one ")
        line.cut()

    def recorded(line: Line) -> None:
        line.greet()
        asked = line.start()
        line.tell(asked, "one two three")
        line.finish(asked, "one two three")

    with visiting(browser, breaks, recorded) as visit:
        visit.open()
        visit.ask("Count.")
        expect(visit.answer).to_have_text("one two three")


def test_short_break_is_not_mentioned(browser: Browser):
    go_on = threading.Event()

    def breaks(line: Line) -> None:
        line.greet()
        go_on.wait(60)
        line.cut()

    def greets(line: Line) -> None:
        line.greet(project={"greeting": "Hello again."})

    with visiting(browser, breaks, greets) as visit:
        visit.open()
        visit.page.locator(".status").evaluate(
            "node => new MutationObserver(() => { window.told ||= node.textContent; })"
            ".observe(node, { childList: true })"
        )
        go_on.set()
        expect(visit.page.locator(".greeting")).to_have_text("Hello again.")
        assert not visit.page.evaluate("window.told")


def test_long_break_is_told_until_it_is_over(browser: Browser):
    go_on = threading.Event()

    def breaks(line: Line) -> None:
        line.expect("hello")
        line.cut()

    def greets(line: Line) -> None:
        go_on.wait(60)
        line.greet()

    with visiting(browser, breaks, greets) as visit:
        visit.open()
        expect(visit.page.locator(".status")).to_have_text(LOST)
        go_on.set()
        expect(visit.page.locator(".status")).to_have_text("")


def test_conversation_is_there_again_on_the_next_page(browser: Browser):
    heard: list[Frame] = []

    def answers(line: Line) -> None:
        line.greet()
        line.answer("It is **41 metres** tall [1].", citations=SOURCES[:1])

    def remembers(line: Line) -> None:
        heard.append(line.greet(messages=SAID, resume="r2"))

    with visiting(browser, answers, remembers) as visit:
        visit.open()
        visit.ask("How tall is it?")
        expect(visit.page.locator(".card")).to_have_count(1)
        visit.page.reload()
        expect(visit.bubble).to_be_visible()
        assert visit.server.connections == 1
        visit.open()
        expect(visit.page.locator(".question")).to_have_text("You asked: How tall is it?")
        expect(visit.answer.locator("p").first).to_have_text("It is 41 metres tall 1.")
        expect(visit.answer.locator(".card")).to_have_count(1)
        expect(visit.page.locator(".chips")).to_have_count(0)
        assert visit.kept()["resume"] == "r2"
    assert [(hello["conversation"], hello["resume"]) for hello in heard] == [("c1", "r1")]
    assert "turn" not in heard[0]


def test_answer_goes_on_after_the_page_was_left(browser: Browser):
    asked: list[str] = []

    def breaks(line: Line) -> None:
        line.greet()
        asked.append(line.start())
        line.tell(asked[0], "From nine")

    def goes_on(line: Line) -> None:
        hello = line.greet(messages=[*SAID, ASKED_AGAIN, BROKEN_OFF])
        assert (hello["turn"], hello["at"]) == (asked[0], 0)
        assert line.expect("ask")["id"] == asked[0]
        line.tell(asked[0], "From nine to ")
        line.tell(asked[0], "five.", at=13)
        line.finish(asked[0], "From nine to five.")

    with visiting(browser, breaks, goes_on) as visit:
        visit.open()
        visit.ask("When is it open?")
        expect(visit.answer).to_have_text("From nine")
        visit.page.reload()
        visit.open()
        expect(visit.answer).to_have_text("From nine to five.")
        expect(visit.page.locator(".question")).to_have_text(
            ["You asked: How tall is it?", "You asked: When is it open?"]
        )
        expect(visit.page.locator(".answer")).to_have_count(2)
        assert "pending" not in visit.kept()


def test_panel_that_was_closed_still_hears_the_end(browser: Browser):
    go_on = threading.Event()

    def script(line: Line) -> None:
        line.greet()
        asked = line.start()
        go_on.wait(60)
        line.finish(asked, "It is 41 metres tall.")

    with visiting(browser, script) as visit:
        visit.open()
        visit.ask("How tall is it?")
        visit.page.keyboard.press("Escape")
        expect(visit.panel).to_be_hidden()
        go_on.set()
        visit.page.wait_for_function("window.heard.some(([name]) => name === 'answer')")
        visit.open()
        expect(visit.answer).to_have_text("It is 41 metres tall.")


def test_half_typed_question_outlives_the_page(browser: Browser):
    def script(line: Line) -> None:
        line.greet()

    with visiting(browser, script) as visit:
        visit.open()
        visit.field.fill("How tall is")
        visit.page.reload()
        visit.open()
        expect(visit.field).to_have_value("How tall is")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (4403, "The assistant is not set up for this site."),
        (4404, "There is no assistant here."),
        (4429, "Too much was asked from here."),
    ],
)
def test_refusal_is_told_and_not_tried_again(browser: Browser, code: int, sentence: str):
    def refuses(line: Line) -> None:
        line.close(code)

    with visiting(browser, refuses) as visit:
        visit.open()
        expect(visit.page.locator(".status")).to_contain_text(sentence)
        visit.page.wait_for_timeout(1500)
        assert visit.server.connections == 1
        assert [error["code"] for error in visit.heard("error")] == [str(code)]


def test_question_to_an_assistant_that_refuses_is_kept(browser: Browser):
    def refuses(line: Line) -> None:
        line.expect("hello")
        line.close(4429)

    def answers(line: Line) -> None:
        line.greet()
        line.finish(line.start(), "It is 41 metres tall.")

    with visiting(browser, refuses, refuses, answers) as visit:
        visit.open()
        expect(visit.page.locator(".status")).not_to_be_empty()
        visit.ask("How tall is it?")
        expect(visit.answer).to_contain_text("Too much was asked from here.")
        visit.page.get_by_role("button", name="Try again").click()
        expect(visit.answer).to_have_text("It is 41 metres tall.")
        expect(visit.page.locator(".status")).to_have_text("")


def test_network_that_comes_back_is_used_at_once(browser: Browser):
    def script(line: Line) -> None:
        line.greet()

    with visiting(browser, script) as visit:
        visit.open()
        expect(visit.page.locator(".greeting")).to_be_visible()
        with visit.page.expect_websocket():
            visit.page.evaluate("dispatchEvent(new Event('online'))")


def test_socket_is_closed_with_the_panel_when_nothing_is_owed(browser: Browser):
    left = threading.Event()

    def script(line: Line) -> None:
        line.greet()
        line.idle()
        left.set()

    with visiting(browser, script) as visit:
        visit.open()
        expect(visit.page.locator(".greeting")).to_be_visible()
        visit.page.keyboard.press("Escape")
        assert left.wait(60)


def test_address_of_the_page_is_told_without_its_fragment(browser: Browser):
    heard: list[Frame] = []

    def script(line: Line) -> None:
        heard.append(line.greet())

    with visiting(browser, script) as visit:
        visit.page.goto(f"{visit.server.url}/page?day=monday#secret")
        visit.open()
        expect(visit.page.locator(".greeting")).to_be_visible()
        wait_until(lambda: heard)
        assert heard[0]["page_url"] == f"{visit.server.url}/page?day=monday"
