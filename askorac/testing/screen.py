"""A Chromium that looks at pages: what its console complains of, what axe finds, what overflows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from .browser import find_chromium
from .node import axe_script

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "color_scheme": "dark",
}
PATIENCE_MS = 60_000  # a wait costs nothing when what is waited for comes
HERE = {"localhost", "127.0.0.1", "::1"}
# What Chromium says of a page that was left while its socket was being opened.
LEFT_EARLY = "WebSocket is closed before the connection is established"
# What fades in has no contrast yet: axe looks once that is over, and waits for nothing that stands
# still, since its end would never come.
_FINDINGS = """async ({ only, also, beside }) => {
    const passing = document.getAnimations().filter(
        (animation) => animation.effect.getComputedTiming().iterations !== Infinity);
    const over = Promise.allSettled(passing.map((animation) => animation.finished));
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 1000))]);
    const rules = Object.fromEntries(also.map((rule) => [rule, { enabled: true }]));
    const all = { resultTypes: ['violations'], rules };
    const options = only.length ? { ...all, runOnly: only } : all;
    return (await axe.run({ exclude: beside }, options)).violations.flatMap(
        (rule) => rule.nodes.map((node) => `${rule.id}: ${node.target}`));
}"""
# A phone makes its window as wide as what overflows it, but not the element.
_WIDER = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""

expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, without a window.

    Playwright runs a loop in this thread, and Django would take the tests' own look-ups for those
    of async code and refuse them: it is told that they are meant.
    """
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(**find_chromium().launch_options())
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Screen:
    """One page, and what was wrong with it since it was opened."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)  # with their ports, whatever was asked for there

    def __post_init__(self) -> None:
        self.page.context.on("request", lambda request: self._note(request.url))
        self.page.on("websocket", lambda socket: self._note(socket.url))
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def findings(
        self, *, only: Sequence[str] = (), also: Sequence[str] = (), beside: Sequence[str] = ()
    ) -> list[str]:
        """What axe holds against the page as it stands now: by some of its rules, or by all those
        that it applies by itself and `also` by others; what the selectors `beside` find is left
        out."""
        if not self.page.evaluate("() => 'axe' in window"):  # reading it costs as much as a page
            self.page.evaluate(axe_script().read_text(encoding="utf-8"))
        asked = {"only": list(only), "also": list(also), "beside": list(beside)}
        found: list[str] = self.page.evaluate(_FINDINGS, asked)
        return found

    def overflow(self) -> int:
        """By how many pixels the page is wider than the screen."""
        wider: int = self.page.evaluate(_WIDER)
        return max(wider, 0)

    def third_parties(self) -> set[str]:
        """The hosts that were asked and are not this machine."""
        return {host for host in self.hosts if urlsplit(f"//{host}").hostname not in HERE}

    def _note(self, url: str) -> None:
        if host := urlsplit(url).netloc:  # what lies in the page itself has none
            self.hosts.add(host)

    def _hear(self, message: ConsoleMessage) -> None:
        if LEFT_EARLY in message.text:
            return
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@contextmanager
def screen(browser: Browser, **options: Any) -> Iterator[Screen]:
    """A fresh browser profile with one page.

    Whatever it shows, no page of ours asks anybody else for anything.
    """
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    try:
        opened = Screen(context.new_page())
        yield opened
        assert opened.third_parties() == set()
    finally:
        context.close()
