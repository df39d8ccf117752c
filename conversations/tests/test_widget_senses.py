"""The widget for those who hear the page, enlarge it, or see it in colours of their own."""

import threading

from playwright.sync_api import Browser, expect

from askorac.testing.screen import DESKTOP
from askorac.testing.widget_socket import Line

from .visiting import SOURCES, visiting

INSIDE = "node => node.contains(node.getRootNode().activeElement)"
ENLARGED = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
FORCED = {**DESKTOP, "forced_colors": "active"}


def answers(line: Line) -> None:
    line.greet()
    line.answer("It is 41 metres tall [1].", citations=SOURCES, suggestions=["And wide?"])


def test_answer_is_announced_by_the_sentence(browser: Browser):
    go_on = [threading.Event() for _ in range(3)]

    def script(line: Line) -> None:
        line.greet()
        asked = line.start()
        for at, (text, event) in enumerate(
            zip(["It is **41 me", "tres** tall [1]. It wa", "s lit in 1871."], go_on, strict=True)
        ):
            line.tell(asked, text, at=[0, 13, 35][at])
            event.wait(60)
        line.send("citations", id=asked, items=SOURCES)
        line.finish(asked, "It is **41 metres** tall [1]. It was lit in 1871.")
        line.answer("Yes.")

    with visiting(browser, script) as visit:
        visit.open()
        visit.ask("How tall is it?")
        expect(visit.answer).to_contain_text("41 me")
        expect(visit.spoken).to_have_count(0)
        go_on[0].set()
        expect(visit.answer).to_contain_text("It wa")
        expect(visit.spoken).to_have_text(["It is 41 metres tall."])
        go_on[1].set()
        go_on[2].set()
        expect(visit.answer).to_have_attribute("aria-busy", "false")
        sentences = ["It is 41 metres tall.", "It was lit in 1871.", "Sources: 2"]
        expect(visit.spoken).to_have_text(sentences)
        assert visit.answer.get_attribute("aria-live") is None
        visit.ask("Sure?")
        expect(visit.answer).to_contain_text("Yes.")
        expect(visit.spoken).to_have_text(["Yes."])


def test_focus_stays_in_the_open_panel_and_goes_back_to_what_had_it(browser: Browser):
    with visiting(browser, answers) as visit:
        visit.page.evaluate(
            "const own = document.createElement('button'); own.textContent = 'Help';"
            "own.onclick = () => Orac('open'); document.querySelector('main').append(own)"
        )
        visit.page.get_by_role("button", name="Help").click()
        expect(visit.field).to_be_focused()
        visit.ask("How tall is it?")
        expect(visit.answer.locator(".card")).to_have_count(2)
        for key in ("Tab", "Shift+Tab"):
            for _ in range(20):
                visit.page.keyboard.press(key)
                assert visit.panel.evaluate(INSIDE)
        visit.page.keyboard.press("Escape")
        expect(visit.page.get_by_role("button", name="Help")).to_be_focused()


def test_everything_is_there_at_twice_the_size(browser: Browser):
    with visiting(browser, answers, reduced_motion="reduce", **ENLARGED) as visit:
        visit.open()
        assert visit.panel.bounding_box() == {"x": 0, "y": 0, "width": 640, "height": 400}
        visit.ask("How tall is it?")
        expect(visit.answer.locator(".card")).to_have_count(2)
        assert visit.log.bounding_box()["height"] > 200
        for name in ("Close", "Send"):
            expect(visit.page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
        assert visit.screen.overflow() == 0


def test_forced_colours_leave_every_button_and_state_to_be_seen(browser: Browser):
    bordered = "node => getComputedStyle(node).borderTopStyle"
    with visiting(browser, answers, **FORCED) as visit:
        assert visit.bubble.evaluate(bordered) == "solid"
        visit.open()
        visit.ask("How tall is it?")
        expect(visit.answer.locator(".card")).to_have_count(2)
        for name in ("Send", "Close", "Helpful", "Source 1", "And wide?"):
            button = visit.page.get_by_role("button", name=name, exact=True)
            assert button.evaluate(bordered) == "solid", name
        visit.page.get_by_role("button", name="Helpful", exact=True).click()
        pressed = visit.page.get_by_role("button", name="Helpful", exact=True)
        assert pressed.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
