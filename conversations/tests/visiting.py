"""A visitor with the widget before them: the page, the scripted server, and what the page hears."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from askorac.local.demo_site.server import serve
from askorac.testing.screen import DESKTOP, Screen, screen
from askorac.testing.widget_socket import PUBLIC_KEY, Script, WidgetServer, widget_server

SOURCES = [
    {
        "n": 1,
        "title": "The lighthouse",
        "url": "https://docs.example/light.pdf#page=12",
        "quote": "The tower stands 41 metres above the rock.",
        "page": 12,
    },
    {
        "n": 2,
        "title": "Pilots and boats",
        "url": "https://docs.example/boats.html",
        "quote": "The lamp was lit in the autumn of 1871.",
        "page": None,
    },
]
PAGE = """<!doctype html><html lang="en">
<head><title>A page</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width">{head}</head>
<body><main><h1>A page</h1><p><input aria-label="Search"></p></main>{tag}</body></html>"""
# Two frames on, since what begins to move begins with a frame.
STILL = """async () => {
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  const moving = document.getAnimations();
  for (const { shadowRoot } of document.querySelectorAll('askorac-widget')) {
    moving.push(...shadowRoot.getAnimations());
  }
  const passing = moving.filter(
    (each) => each.effect.getComputedTiming().iterations !== Infinity);
  await Promise.allSettled(passing.map((each) => each.finished));
}"""
HEAR = """window.heard = [];
for (const name of ['ready', 'open', 'close', 'question', 'answer', 'error']) {
  document.addEventListener(`orac:${name}`, ({ detail }) => window.heard.push([name, detail]));
}"""


@dataclass
class Visit:
    """What a visitor sees and does."""

    screen: Screen
    server: WidgetServer

    @property
    def page(self) -> Page:
        return self.screen.page

    @property
    def bubble(self) -> Locator:
        return self.page.locator(".bubble")

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def field(self) -> Locator:
        return self.panel.get_by_role("textbox")

    @property
    def log(self) -> Locator:
        return self.page.locator(".log")

    @property
    def answer(self) -> Locator:
        """The newest answer."""
        return self.page.locator(".answer").last

    @property
    def spoken(self) -> Locator:
        """What those who hear the page were told of the newest answer, a sentence each."""
        return self.page.locator("[aria-live=polite] > p")

    def rest(self) -> None:
        """Wait until nothing in the page moves any more."""
        self.page.evaluate(STILL)

    def open(self) -> None:
        self.bubble.click()
        expect(self.panel).to_be_visible()

    def ask(self, question: str) -> None:
        self.field.fill(question)
        self.field.press("Enter")

    def heard(self, name: str) -> list[Any]:
        """The details of the page's events of a name, oldest first."""
        events: list[list[Any]] = self.page.evaluate("() => window.heard")
        return [detail for heard, detail in events if heard == name]

    def kept(self) -> dict[str, Any]:
        """What the browser keeps of the project."""
        key = f"askorac:{PUBLIC_KEY}"
        kept: dict[str, Any] = self.page.evaluate("key => JSON.parse(localStorage[key])", key)
        return kept


@contextmanager
def visiting(
    browser: Browser,
    *scripts: Script,
    tag: str | None = None,
    attributes: str = "",
    head: str = "",
    **options: Any,
) -> Iterator[Visit]:
    """A page with the widget, by default one tag of it; nothing in the page may complain."""
    with widget_server() as server, screen(browser, **(options or DESKTOP)) as opened:
        server.play(*scripts)
        tags = server.tag(attributes) if tag is None else tag.replace("HOST", server.url)
        server.pages["/page"] = PAGE.format(head=head, tag=tags)
        opened.page.add_init_script(HEAR)
        opened.page.goto(f"{server.url}/page")
        visit = Visit(opened, server)
        yield visit
        opened.page.close()
    assert opened.complaints == []


@contextmanager
def visiting_demo_site(
    browser: Browser, *scripts: Script, path: str = "/", **options: Any
) -> Iterator[Visit]:
    """The made-up site on its own origin, under its strict policy."""
    with widget_server() as server, screen(browser, **(options or DESKTOP)) as opened:
        server.play(*scripts)
        site = serve(0, server.url, PUBLIC_KEY)
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        try:
            opened.page.add_init_script(HEAR)
            opened.page.goto(f"http://127.0.0.1:{site.server_address[1]}{path}")
            yield Visit(opened, server)
            opened.page.close()
        finally:
            site.shutdown()
            site.server_close()
            thread.join()
    assert opened.complaints == []
