"""Keys, fingers, ears: the widget for those who use it without a mouse, or on a phone."""

import pytest
from playwright.sync_api import Browser, expect

from askorac.testing.screen import DESKTOP, PHONE
from askorac.testing.widget_socket import Line

from .visiting import SOURCES, Visit, visiting, visiting_demo_site

STILL = {**DESKTOP, "reduced_motion": "reduce"}
DARK = {**DESKTOP, "color_scheme": "dark"}
LIGHT_PHONE = {**PHONE, "color_scheme": "light"}
FOCUSED = """() => {
  const focused = document.activeElement.shadowRoot?.activeElement ?? document.activeElement;
  return focused.ariaLabel || focused.textContent;
}"""


def talks(line: Line) -> None:
    line.greet()
    line.answer("It is 41 metres tall [1] [2].", citations=SOURCES, suggestions=["And wide?"])
    line.answer("The documents do not say.", answered=False)
    asked = line.start()
    line.send("failed", id=asked, code="unavailable", message="It broke. Try again.")


def idles(line: Line) -> None:
    line.greet()


def order_of_tab(visit: Visit, presses: int, key: str = "Tab") -> list[str]:
    order = []
    for _ in range(presses):
        visit.page.keyboard.press(key)
        order.append(visit.page.evaluate(FOCUSED))
    return order


def test_keyboard_alone_is_enough(browser: Browser):
    with visiting(browser, talks) as visit:
        expect(visit.bubble).to_be_visible()
        assert order_of_tab(visit, 2) == ["Search", "Ask a question"]
        visit.page.keyboard.press("Enter")
        expect(visit.field).to_be_focused()
        visit.page.keyboard.type("How tall is it?")
        visit.page.keyboard.press("Enter")
        expect(visit.answer).to_have_attribute("aria-busy", "false")
        expect(visit.field).to_be_focused()
        assert order_of_tab(visit, 9, "Shift+Tab") == [
            "Not helpful",
            "Helpful",
            "Copy the answer",
            "And wide?",
            "2Pilots and boatsThe lamp was lit in the autumn of 1871.",
            "1The lighthousePage 12The tower stands 41 metres above the rock.",
            "Source 2",
            "Source 1",
            "Conversation",
        ]
        visit.page.keyboard.press("Escape")
        expect(visit.panel).to_be_hidden()
        expect(visit.bubble).to_be_focused()


def test_closing_by_the_page_leaves_its_focus_alone(browser: Browser):
    with visiting(browser, idles) as visit:
        visit.open()
        visit.page.get_by_label("Search").focus()
        visit.page.evaluate("Orac('close')")
        expect(visit.panel).to_be_hidden()
        expect(visit.page.get_by_label("Search")).to_be_focused()


def test_bubble_tells_whether_the_panel_is_open(browser: Browser):
    with visiting(browser, idles) as visit:
        expect(visit.bubble).to_have_attribute("aria-expanded", "false")
        visit.bubble.click()
        expect(visit.bubble).to_have_attribute("aria-expanded", "true")
        expect(visit.bubble).to_have_accessible_name("Close the assistant")
        expect(visit.panel).to_have_accessible_name("Lighthouse help")
        visit.bubble.click()
        expect(visit.bubble).to_have_attribute("aria-expanded", "false")
        expect(visit.bubble).to_have_accessible_name("Ask a question")


def test_shift_and_enter_begin_a_line_and_the_field_grows(browser: Browser):
    def script(line: Line) -> None:
        line.greet()
        assert line.expect("ask")["question"] == "one\ntwo\nthree"

    with visiting(browser, script, **STILL) as visit:
        visit.open()
        one_line = visit.field.bounding_box()["height"]
        visit.page.keyboard.type("one")
        for word in ("two", "three"):
            visit.page.keyboard.press("Shift+Enter")
            visit.page.keyboard.type(word)
        assert visit.field.bounding_box()["height"] > one_line + 40
        visit.page.keyboard.press("Enter")
        expect(visit.field).to_have_value("")
        assert visit.field.bounding_box()["height"] == one_line


def test_enter_that_chooses_a_character_does_not_send(browser: Browser):
    with visiting(browser, idles) as visit:
        visit.open()
        session = visit.page.context.new_cdp_session(visit.page)
        session.send(
            "Input.imeSetComposition", {"text": "とう", "selectionStart": 2, "selectionEnd": 2}
        )
        visit.field.evaluate(
            "node => node.dispatchEvent(new KeyboardEvent('keydown',"
            " { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))"
        )
        visit.field.evaluate(
            "node => node.dispatchEvent(new KeyboardEvent('keydown',"
            " { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true }))"
        )
        session.send("Input.insertText", {"text": "塔"})
        expect(visit.field).to_have_value("塔")
        expect(visit.page.locator(".question")).to_have_count(0)
        visit.page.keyboard.press("Enter")
        expect(visit.page.locator(".question")).to_have_text("You asked: 塔")


def test_phone_gets_the_whole_screen_and_keeps_the_focus_in_it(browser: Browser):
    with visiting(browser, talks, **PHONE) as visit:
        visit.bubble.tap()
        expect(visit.field).to_be_focused()
        visit.rest()
        assert visit.panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
        assert visit.screen.overflow() == 0
        expect(visit.bubble).to_be_hidden()
        assert visit.field.evaluate("node => getComputedStyle(node).fontSize") == "16px"
        visit.ask("How tall is it?")
        expect(visit.page.locator(".card")).to_have_count(2)
        everywhere = set(order_of_tab(visit, 18))
        assert everywhere >= {"Close", "Conversation", "Your question", "Source 1"}
        assert "Search" not in everywhere
        assert "Ask a question" not in everywhere
        visit.page.get_by_role("button", name="Close").tap()
        expect(visit.panel).to_be_hidden()
        expect(visit.bubble).to_be_focused()


def test_fingers_find_targets_of_44_pixels(browser: Browser):
    with visiting(browser, talks, **PHONE, reduced_motion="reduce") as visit:
        visit.bubble.tap()
        expect(visit.page.locator(".chips button")).to_have_count(3)
        for button in visit.panel.get_by_role("button").all():
            box = button.bounding_box()
            if box:
                assert min(box["width"], box["height"]) >= 44, button.inner_text()


def test_panel_opens_within_150_milliseconds(browser: Browser):
    opening = """async () => {
      const root = document.querySelector('askorac-widget').shadowRoot;
      const begun = performance.now();
      Orac('open');
      while (root.activeElement?.localName !== 'textarea') await new Promise(requestAnimationFrame);
      const moving = root.querySelector('.panel').getAnimations();
      await Promise.all(moving.map((each) => each.finished));
      return performance.now() - begun;
    }"""
    with visiting(browser, idles) as visit:
        visit.open()
        milliseconds = []
        while not milliseconds or (min(milliseconds) >= 150 and len(milliseconds) < 25):
            visit.page.evaluate("Orac('close')")
            expect(visit.bubble).to_have_attribute("aria-expanded", "false")
            milliseconds.append(visit.page.evaluate(opening))
        assert min(milliseconds) < 150  # the best of some, as other tests may hold the processor


def test_nothing_moves_for_those_who_do_not_want_it(browser: Browser):
    with visiting(browser, idles, **STILL) as visit:
        visit.open()
        visit.ask("How tall is it?")
        expect(visit.answer).to_be_visible()
        moving = "node => node.getAnimations({ subtree: true }).length"
        assert visit.panel.evaluate(moving) == 0


@pytest.mark.parametrize("text", ["מה גובה המגדלור?", "ما ارتفاع المنارة؟"])
def test_question_from_right_to_left_is_set_so(browser: Browser, text: str):
    def script(line: Line) -> None:
        line.greet()
        line.answer(text)

    with visiting(browser, script) as visit:
        visit.open()
        visit.field.fill(text)
        direction = "node => getComputedStyle(node).direction"
        assert visit.field.evaluate(direction) == "rtl"
        visit.field.press("Enter")
        expect(visit.answer).to_have_text(text)
        assert visit.page.locator(".question").evaluate(direction) == "rtl"
        assert visit.answer.locator("div").first.evaluate(direction) == "rtl"


@pytest.mark.parametrize(
    ("options", "accent"),
    [
        (DESKTOP, "#f4c95d"),
        (DARK, "#0b6480"),
        (LIGHT_PHONE, "oklch(0.7 0.2 140)"),
        (PHONE, "#d40000"),
    ],
    ids=["light", "dark", "phone", "dark-phone"],
)
def test_axe_finds_nothing(browser: Browser, options: dict[str, object], accent: str):
    def script(line: Line) -> None:
        line.greet(project={"accent": accent, "language_model": False})
        line.answer(
            "## Height\n\nIt is `41` metres [1], see [the book](https://docs.example/boats.html)."
            "\n\n> Quoted\n\n```\ncode\n```",
            citations=SOURCES,
        )
        line.answer("The documents do not say.", answered=False)
        asked = line.start()
        line.send("failed", id=asked, code="x", message="It broke. Try again.")

    with visiting_demo_site(browser, script, **options) as visit:
        assert visit.screen.findings() == []
        visit.open()
        expect(visit.page.locator(".chips button")).to_have_count(3)
        visit.rest()
        assert visit.screen.findings() == []
        for question in ("How tall is it?", "Is there a lift?", "When is it open?"):
            visit.ask(question)
            expect(visit.answer).to_have_attribute("aria-busy", "false")
        visit.rest()
        assert visit.screen.findings() == []
