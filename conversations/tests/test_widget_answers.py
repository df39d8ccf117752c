"""An answer from its question to its sources, and what the visitor can do with it."""

import threading

import pytest
from playwright.sync_api import Browser, Locator, expect

from askorac.testing.screen import DESKTOP
from askorac.testing.waiting import wait_until
from askorac.testing.widget_socket import Line

from .visiting import SOURCES, visiting

LONG = "\n\n".join(f"Paragraph {number} of a long answer." for number in range(60))
SCROLL = "node => [node.scrollTop, node.scrollHeight - node.clientHeight - node.scrollTop]"
# A wheel is turned for some frames.
STANDING = """async (node) => {
  for (let top = -1, still = 0; still < 10; top = node.scrollTop) {
    await new Promise(requestAnimationFrame);
    still = node.scrollTop === top ? still + 1 : 0;
  }
}"""


def texts(locator: Locator) -> list[str]:
    return [text.strip() for text in locator.all_inner_texts()]


def test_greeting_and_three_suggestions_stand_ready(browser: Browser):
    def script(line: Line) -> None:
        line.greet(project={"suggestions": ["One?", "Two?", "Three?", "Four?"]})
        assert line.expect("ask")["question"] == "Two?"

    with visiting(browser, script) as visit:
        visit.open()
        expect(visit.field).to_be_focused()
        expect(visit.page.locator(".greeting")).to_have_text("Hello. Ask about the lighthouse.")
        expect(visit.page.locator(".chips button")).to_have_text(["One?", "Two?", "Three?"])
        visit.page.get_by_role("button", name="Two?").click()
        expect(visit.page.locator(".question")).to_have_text("You asked: Two?")
        expect(visit.page.locator(".chips")).to_have_count(0)


def test_answer_streams_and_ends_with_its_sources(browser: Browser):
    go_on = threading.Event()

    def script(line: Line) -> None:
        line.greet()
        asked = line.start()
        line.tell(asked, "It is **41 met")
        go_on.wait(60)
        line.tell(asked, "res** tall [1]. Lit in 1871 [2] [3].", at=14)
        line.send("citations", id=asked, items=SOURCES)
        line.finish(asked, "It is **41 metres** tall [1]. Lit in 1871 [2] [3].")

    with visiting(browser, script) as visit:
        visit.open()
        visit.ask("How tall is it?")
        expect(visit.answer).to_have_text("It is 41 met")
        expect(visit.answer).to_have_attribute("aria-busy", "true")
        expect(visit.answer.locator("strong")).to_have_text("41 met")
        go_on.set()
        expect(visit.answer).to_have_attribute("aria-busy", "false")
        expect(visit.answer.locator("p").first).to_have_text(
            "It is 41 metres tall 1. Lit in 1871 2 [3]."
        )
        cards = visit.answer.locator(".card")
        assert [text.split("\n") for text in texts(cards)] == [
            ["1", "The lighthouse", "Page 12", "The tower stands 41 metres above the rock."],
            ["2", "Pilots and boats", "The lamp was lit in the autumn of 1871."],
        ]
        assert [card.get_attribute("href") for card in cards.all()] == [
            source["url"] for source in SOURCES
        ]
        assert {card.get_attribute("rel") for card in cards.all()} == {"noopener"}
        assert {card.get_attribute("target") for card in cards.all()} == {"_blank"}
        visit.page.get_by_role("button", name="Source 2").click()
        expect(cards.last).to_be_focused()


def test_source_without_a_web_address_is_no_link(browser: Browser):
    items = [
        {**SOURCES[0], "n": 1, "url": "javascript:alert(1)"},
        {**SOURCES[0], "n": 2, "url": ""},
        {**SOURCES[0], "n": 3, "url": "/documents/3"},
        {**SOURCES[0], "n": 4, "url": "data:text/html,x"},
    ]

    def script(line: Line) -> None:
        line.greet()
        line.answer("It is tall [1] [2] [3] [4].", citations=items)

    with visiting(browser, script) as visit:
        visit.open()
        visit.ask("How tall is it?")
        expect(visit.answer.locator(".card")).to_have_count(4)
        addresses = [card.get_attribute("href") for card in visit.answer.locator(".card").all()]
        assert addresses == [None, None, f"{visit.server.url}/documents/3", None]


def test_token_that_comes_twice_is_dropped(browser: Browser):
    def script(line: Line) -> None:
        line.greet()
        asked = line.start()
        for at, text in ((0, "one "), (4, "two "), (4, "two "), (4, "t"), (8, "three")):
            line.tell(asked, text, at=at)

    with visiting(browser, script) as visit:
        visit.open()
        visit.ask("Count.")
        expect(visit.answer).to_have_text("one two three")


def test_token_at_the_start_replaces_what_was_shown(browser: Browser):
    def script(line: Line) -> None:
        line.greet()
        asked = line.start()
        line.tell(asked, "a first try")
        line.tell(asked, "the whole of it", to=40)
        line.tell(asked, " and more", at=40)

    with visiting(browser, script) as visit:
        visit.open()
        visit.ask("Tell me.")
        expect(visit.answer).to_have_text("the whole of it and more")


def test_missing_token_is_asked_for_once(browser: Browser):
    hellos = []

    def script(line: Line) -> None:
        line.greet()
        asked = line.start()
        line.tell(asked, "one ")
        line.tell(asked, "three ", at=8)
        line.tell(asked, "four ", at=14)
        hellos.append(line.greet())
        line.tell(asked, "two ", at=4)
        line.tell(asked, "three ", at=8)
        line.finish(asked, "one two three")

    with visiting(browser, script) as visit:
        visit.open()
        visit.ask("Count.")
        expect(visit.answer).to_have_text("one two three")
        expect(visit.answer).to_have_attribute("aria-busy", "false")
        (question,) = visit.heard("question")
    assert [(hello["turn"], hello["at"]) for hello in hellos] == [(question["id"], 4)]


def test_frame_of_another_turn_is_not_shown(browser: Browser):
    def script(line: Line) -> None:
        line.greet()
        asked = line.start()
        line.tell("another", "not for you")
        line.finish("another", "not for you")
        line.send("unheard of", id=asked)
        line.finish(asked, "for you")

    with visiting(browser, script) as visit:
        visit.open()
        visit.ask("What is for me?")
        expect(visit.answer).to_have_text("for you")
        assert len(visit.heard("answer")) == 1


def test_question_without_an_answer_looks_different_and_leads_on(browser: Browser):
    def script(line: Line) -> None:
        line.greet()
        line.answer("The documents do not say.", answered=False)
        line.answer("Nor this.", answered=False, suggestions=["How tall is it?"])
        line.answer("It is 41 metres tall.")

    with visiting(browser, script) as visit:
        visit.open()
        visit.ask("Is there a lift?")
        expect(visit.answer).to_have_class("answer unanswered")
        visit.page.get_by_role("button", name="Ask in other words").click()
        expect(visit.field).to_have_value("Is there a lift?")
        expect(visit.field).to_be_focused()
        visit.ask("Is there a ramp?")
        visit.page.get_by_role("button", name="How tall is it?").click()
        expect(visit.answer).to_contain_text("It is 41 metres tall.")
        expect(visit.answer).to_have_class("answer")


def test_failed_answer_is_tried_again_in_its_place(browser: Browser):
    asked = []

    def script(line: Line) -> None:
        line.greet()
        asked.append(line.expect("ask"))
        line.send("failed", id=asked[0]["id"], code="unavailable", message="It broke. Try again.")
        asked.append(line.expect("ask"))
        line.finish(asked[1]["id"], "It is 41 metres tall.")

    with visiting(browser, script) as visit:
        visit.open()
        visit.ask("How tall is it?")
        expect(visit.answer).to_contain_text("It broke. Try again.")
        assert visit.heard("error") == [{"code": "unavailable", "message": "It broke. Try again."}]
        visit.page.get_by_role("button", name="Try again").click()
        expect(visit.answer).to_have_text("It is 41 metres tall.")
        expect(visit.page.locator(".question")).to_have_count(1)
        expect(visit.page.locator(".answer")).to_have_count(1)
    assert asked[0]["question"] == asked[1]["question"] == "How tall is it?"
    assert asked[0]["id"] != asked[1]["id"]


def test_limit_keeps_the_button_still_for_as_long_as_it_says(browser: Browser):
    def script(line: Line) -> None:
        line.greet()
        asked = line.start()
        line.send("failed", id=asked, code="rate_limited", message="Too many.", retry_after=2.5)

    with visiting(browser, script) as visit:
        visit.open()
        visit.ask("How tall is it?")
        button = visit.page.get_by_role("button", name="Try again")
        expect(button).to_be_disabled()
        expect(button).to_be_enabled()


def test_failure_about_nothing_in_particular_stands_above_the_field(browser: Browser):
    def script(line: Line) -> None:
        line.greet()
        line.send("failed", code="bad_request", message="This was not understood.")

    with visiting(browser, script) as visit:
        visit.open()
        expect(visit.page.locator(".status")).to_have_text("This was not understood.")


def test_work_is_shown_at_once_and_can_be_stopped(browser: Browser):
    def script(line: Line) -> None:
        line.greet()
        asked = line.start()
        line.expect("stop")
        line.send("failed", id=asked, code="stopped", message="This answer was stopped.")

    with visiting(browser, script) as visit:
        visit.open()
        visit.field.fill("How tall is it?")
        at_once = """() => {
          const root = document.querySelector('askorac-widget').shadowRoot;
          root.querySelector('.send').click();
          return root.querySelector('.answer').textContent;
        }"""
        assert visit.page.evaluate(at_once) == "Looking through the documents"
        visit.page.wait_for_timeout(600)  # a press within half a second is a double click on Send
        visit.page.get_by_role("button", name="Stop the answer").click()
        expect(visit.answer).to_contain_text("This answer was stopped.")
        expect(visit.page.get_by_role("button", name="Send")).to_be_visible()
        assert visit.heard("error") == []


def test_double_click_on_send_does_not_stop_the_answer(browser: Browser):
    def script(line: Line) -> None:
        line.greet()
        line.finish(line.start(), "It is 41 metres tall.")

    with visiting(browser, script) as visit:
        visit.open()
        visit.field.fill("How tall is it?")
        visit.page.get_by_role("button", name="Send").dblclick()
        expect(visit.answer).to_have_text("It is 41 metres tall.")


def test_question_asked_before_the_greeting_is_kept_until_then(browser: Browser):
    go_on = threading.Event()

    def script(line: Line) -> None:
        line.expect("hello")
        go_on.wait(60)
        line.send(
            "ready",
            conversation="c1",
            resume="r1",
            messages=[],
            project={
                "name": "Help",
                "greeting": "Hello.",
                "accent": "not a colour; }",
                "suggestions": [],
                "language_model": False,
            },
        )
        line.finish(line.start(), "It is 41 metres tall.")

    with visiting(browser, script) as visit:
        visit.open()
        visit.ask("How tall is it?")
        expect(visit.answer).to_have_text("Looking through the documents")
        go_on.set()
        expect(visit.answer).to_have_text("It is 41 metres tall.")
        expect(visit.panel).to_contain_text(
            "No language model is connected: answers are quotes from the documents."
        )


def test_second_question_waits_in_the_field_for_the_first_answer(browser: Browser):
    go_on = threading.Event()

    def script(line: Line) -> None:
        line.greet()
        asked = line.start()
        go_on.wait(60)
        line.finish(asked, "It is 41 metres tall.")
        assert line.expect("ask")["question"] == "When is it open?"

    with visiting(browser, script) as visit:
        visit.open()
        visit.ask("How tall is it?")
        visit.ask("When is it open?")
        expect(visit.page.locator(".question")).to_have_count(1)
        expect(visit.field).to_have_value("When is it open?")
        go_on.set()
        expect(visit.answer).to_have_text("It is 41 metres tall.")
        visit.field.press("Enter")
        expect(visit.page.locator(".question")).to_have_count(2)


@pytest.mark.parametrize("scrolls_up", [False, True])
def test_newest_is_followed_until_the_reader_scrolls_up(browser: Browser, scrolls_up: bool):
    go_on = threading.Event()

    def script(line: Line) -> None:
        line.greet()
        asked = line.start()
        line.tell(asked, LONG)
        go_on.wait(60)
        line.tell(asked, "\n\nThe very end.", at=len(LONG))

    with visiting(browser, script, **DESKTOP) as visit:
        visit.open()
        visit.ask("Tell me all.")
        expect(visit.answer).to_contain_text("Paragraph 59")
        newest = visit.page.get_by_role("button", name="Newest")
        expect(newest).to_be_hidden()
        if scrolls_up:
            visit.log.hover()
            visit.page.mouse.wheel(0, -600)
            expect(newest).to_be_visible()
        visit.log.evaluate(STANDING)
        top, _ = visit.log.evaluate(SCROLL)
        go_on.set()
        expect(visit.answer).to_contain_text("The very end.")
        if scrolls_up:
            assert visit.log.evaluate(SCROLL)[0] == top
            newest.click()
        wait_until(lambda: abs(visit.log.evaluate(SCROLL)[1]) <= 1)
        expect(newest).to_be_hidden()
