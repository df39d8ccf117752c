"""The widget and the page around it: neither harms the other."""

import pytest
from playwright.sync_api import Browser, expect

from askorac.testing.screen import PHONE
from askorac.testing.widget_socket import PUBLIC_KEY, Line

from .visiting import SOURCES, Visit, visiting, visiting_demo_site

ANSWER = "The lighthouse is **41 metres** tall [1]."
LOOK = """selector => {
  const root = document.querySelector('askorac-widget').shadowRoot;
  const node = root.querySelector(selector);
  const { x, y, width, height } = node.getBoundingClientRect();
  const style = getComputedStyle(node);
  const names = ['color', 'backgroundColor', 'font', 'letterSpacing', 'wordSpacing', 'cursor',
    'textTransform', 'textAlign', 'textShadow', 'opacity', 'visibility', 'display', 'position',
    'direction', 'transform', 'filter', 'boxSizing', 'userSelect'];
  return [x, y, width, height, ...names.map((name) => style[name])];
}"""
LOOKED_AT = (".bubble", ".panel", ".log", ".question", ".answer", ".answer p", ".card", "textarea")


def answers(line: Line) -> None:
    line.greet()
    line.answer(ANSWER, citations=SOURCES)


def idles(line: Line) -> None:
    line.greet()


def asked_and_answered(visit: Visit) -> None:
    visit.open()
    visit.ask("How tall is it?")
    expect(visit.answer).to_have_attribute("aria-busy", "false")
    expect(visit.page.locator(".card")).to_have_count(2)


def test_policy_that_names_our_host_only_is_enough(browser: Browser):
    with visiting_demo_site(browser, answers) as visit:
        asked_and_answered(visit)
        expect(visit.answer).to_contain_text("The lighthouse is 41 metres tall")


def test_hostile_style_changes_nothing(browser: Browser):
    looks = []
    for path in ("/", "/hostile"):
        with visiting_demo_site(browser, answers, path=path) as visit:
            asked_and_answered(visit)
            visit.page.mouse.move(5, 5)
            visit.rest()
            looks.append({name: visit.page.evaluate(LOOK, name) for name in LOOKED_AT})
    assert looks[1] == looks[0]


def test_page_loads_nothing_but_the_tag_until_the_panel_is_wanted(browser: Browser):
    with visiting(browser, idles) as visit:
        expect(visit.bubble).to_be_visible()
        visit.page.wait_for_timeout(300)
        assert visit.server.requests == ["/page", "/widget.js"]
        assert visit.server.connections == 0
        assert visit.page.evaluate("document.activeElement === document.body")


@pytest.mark.parametrize(
    "tag",
    [
        f'<script data-orac-project="{PUBLIC_KEY}" src="HOST/widget.js" type="module"></script>',
        f'<script src="HOST/widget.js" data-orac-project="{PUBLIC_KEY}"></script>',
        f'<script defer data-orac-project="{PUBLIC_KEY}" src="HOST/widget.js"></script>',
        f'<script async src="HOST/widget.js" data-orac-project="{PUBLIC_KEY}"></script>' * 2,
    ],
    ids=["module", "blocking", "deferred", "twice"],
)
def test_tag_of_any_kind_makes_one_widget_that_works(browser: Browser, tag: str):
    with visiting(browser, answers, tag=tag) as visit:
        asked_and_answered(visit)
        assert visit.page.locator("askorac-widget").count() == 1
        assert visit.server.connections == 1


def test_tag_in_the_head_comes_last_in_the_order_of_tab(browser: Browser):
    tag = f'<script src="HOST/widget.js" data-orac-project="{PUBLIC_KEY}"></script>'
    with visiting(browser, idles, tag="") as visit:
        page = visit.server.pages["/page"]
        visit.server.pages["/page"] = page.replace(
            "<title>", tag.replace("HOST", visit.server.url) + "<title>"
        )
        visit.page.reload()
        expect(visit.bubble).to_be_visible()
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement.ariaLabel") == "Search"
        visit.page.keyboard.press("Tab")
        expect(visit.bubble).to_be_focused()


def test_commands_before_and_after_loading_are_obeyed(browser: Browser):
    queue = (
        "<script>window.Orac = function () { (Orac.q = Orac.q || []).push(arguments) };"
        "Orac('ask', 'How tall is it?')</script>"
    )
    with visiting(browser, answers, head=queue) as visit:
        expect(visit.answer).to_contain_text("41 metres")
        visit.page.evaluate("Orac('close')")
        expect(visit.panel).to_be_hidden()
        visit.page.evaluate("Orac('toggle')")
        expect(visit.panel).to_be_visible()
        visit.page.evaluate("Orac('unheard of')")
        visit.page.evaluate("Orac('toggle')")
        expect(visit.panel).to_be_hidden()
        visit.page.evaluate("Orac('open')")
        expect(visit.panel).to_be_visible()


def test_page_hears_what_happens(browser: Browser):
    with visiting(browser, answers) as visit:
        asked_and_answered(visit)
        visit.page.keyboard.press("Escape")
        expect(visit.panel).to_be_hidden()
        visit.page.wait_for_function("window.heard.some(([name]) => name === 'close')")
        assert visit.page.evaluate("window.heard.map(([name]) => name)") == [
            "ready",
            "open",
            "question",
            "answer",
            "close",
        ]
        (question,) = visit.heard("question")
        (answer,) = visit.heard("answer")
        assert question["question"] == "How tall is it?"
        assert answer == {
            "id": question["id"],
            "message": f"m-{question['id']}",
            "text": ANSWER,
            "confidence": 0.9,
            "answered": True,
        }


def test_panel_that_did_not_load_can_be_tried_again(browser: Browser):
    with visiting(browser, idles) as visit:
        visit.page.route("**/static/widget/panel.js*", lambda route: route.abort())
        visit.bubble.click()
        sentence = "The assistant did not load. Select to try again."
        expect(visit.bubble).to_have_attribute("title", sentence)
        assert visit.heard("error")[-1] == {"code": "unavailable", "message": sentence}
        visit.page.unroute("**/static/widget/panel.js*")
        visit.open()
        expect(visit.bubble).to_have_attribute("title", "")
        visit.screen.complaints.clear()


def test_widget_takes_the_colour_and_the_side_that_it_is_told(browser: Browser):
    attributes = 'data-orac-theme="dark" data-orac-position="left" data-orac-accent="#f4c95d"'
    with visiting(browser, idles, attributes=attributes) as visit:
        colours = visit.bubble.evaluate(
            "node => [getComputedStyle(node).backgroundColor, getComputedStyle(node).color]"
        )
        assert colours[0] == "rgb(244, 201, 93)"
        assert colours[1].startswith("lch(0 ")
        visit.open()
        expect(visit.page.locator(".greeting")).to_be_visible()
        visit.rest()
        assert visit.panel.bounding_box()["x"] == 20
        assert (
            visit.panel.evaluate("node => getComputedStyle(node).backgroundColor")
            == "rgb(27, 33, 38)"
        )
        colour = "getComputedStyle(node).backgroundColor"
        assert visit.bubble.evaluate(f"node => {colour}") == "rgb(11, 100, 128)"  # the project's


def test_widget_bears_a_page_that_meddles_with_the_language(browser: Browser):
    meddling = """<script>
      Array.prototype.toJSON = function () { return 'meddled'; };
      Object.prototype.extra = 1;
      Object.freeze(Object.prototype);
      Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } });
      Object.defineProperty(crypto, 'randomUUID', { value: undefined });
    </script>"""
    with visiting(browser, answers, head=meddling) as visit:
        asked_and_answered(visit)
        expect(visit.answer).to_contain_text("41 metres")


def test_page_hears_no_key_that_is_typed_into_the_widget(browser: Browser):
    with visiting(browser, idles) as visit:
        visit.page.evaluate(
            "for (const kind of ['keydown', 'keypress', 'keyup'])"
            " document.addEventListener(kind, () => { window.pressed = kind; })"
        )
        visit.open()
        visit.field.press_sequentially("/s")
        assert visit.page.evaluate("window.pressed") is None


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_page_keeps_its_own_scroll(browser: Browser, options: dict[str, object]):
    with visiting(browser, answers, **options) as visit:
        visit.page.evaluate("document.body.style.height = '5000px'; scrollTo(0, 700)")
        asked_and_answered(visit)
        visit.page.locator(".cite").first.click()
        visit.page.keyboard.press("Escape")
        assert visit.page.evaluate("[scrollX, scrollY]") == [0, 700]
        assert visit.page.evaluate("document.body.getAttribute('style')") == "height: 5000px;"
