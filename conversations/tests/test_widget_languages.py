"""The widget's own words in other languages, and from right to left."""

import re

import pytest
from playwright.sync_api import Browser, expect

from askorac.testing.widget_socket import WIDGET, Line

from .visiting import visiting

LANGUAGES = ("ar", "de", "es", "fr", "it", "ja", "nl", "pt", "zh")
WORD = re.compile(r"^ +(\w+):", re.MULTILINE)


def idles(line: Line) -> None:
    line.greet()


def test_every_language_says_everything():
    spoken = sorted(path.stem for path in (WIDGET / "locales").glob("*.js"))
    assert spoken == sorted(LANGUAGES)
    said = {
        language: WORD.findall((WIDGET / "locales" / f"{language}.js").read_text("utf-8"))
        for language in LANGUAGES
    }
    assert len({tuple(words) for words in said.values()}) == 1
    needed = WORD.findall((WIDGET / "words.js").read_text("utf-8"))
    for lazy in ("history.js", "comment.js"):
        (found,) = re.findall(r"const ENGLISH = \{(.*)\}", (WIDGET / lazy).read_text("utf-8"))
        needed += re.findall(r"(\w+): '", found)
    assert set(needed) - set(said["de"]) == set()


def test_language_of_the_page_is_taken_and_others_are_not_loaded(browser: Browser):
    with visiting(browser, idles, tag="") as visit:
        tag = visit.server.tag()
        page = visit.server.pages["/page"].replace('lang="en"', 'lang="de-CH"')
        visit.server.pages["/page"] = page.replace("</body>", f"{tag}</body>")
        visit.page.reload()
        expect(visit.bubble).to_have_accessible_name("Fragen")
        visit.open()
        expect(visit.field).to_have_attribute("placeholder", "Frage stellen")
        locales = [path for path in visit.server.requests if "locales" in path]
        assert locales == ["/static/widget/locales/de.js"]
        visit.page.evaluate("Orac('locale', 'fr')")
        expect(visit.field).to_have_attribute("placeholder", "Poser une question")
        expect(visit.panel).to_be_visible()
        assert visit.screen.findings() == []


def test_language_that_is_not_there_or_does_not_load_is_english(browser: Browser):
    with visiting(browser, idles, attributes='data-orac-locale="de"') as visit:
        visit.page.route("**/locales/**", lambda route: route.abort())
        visit.open()
        expect(visit.field).to_have_attribute("placeholder", "Ask a question")
        visit.page.evaluate("Orac('locale', 'tlh')")
        expect(visit.field).to_have_attribute("placeholder", "Ask a question")
        visit.screen.complaints.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_arabic_is_set_from_right_to_left(browser: Browser, scheme: str):
    def script(line: Line) -> None:
        line.greet(project={"name": "مساعدة المنارة", "greeting": "مرحبًا."})
        line.answer("الارتفاع 41 مترًا.")

    options = {"viewport": {"width": 1280, "height": 800}, "color_scheme": scheme}
    with visiting(browser, script, attributes='data-orac-locale="ar"', **options) as visit:
        visit.open()
        visit.ask("ما ارتفاعها؟")
        expect(visit.answer).to_contain_text("41")
        title, hide = (
            visit.page.locator(name).bounding_box() for name in ("h2", "header .tool:last-child")
        )
        assert title["x"] > hide["x"]
        visit.rest()
        assert visit.screen.findings() == []
