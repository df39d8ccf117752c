"""Markdown as nodes: what is drawn, what can't be, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from askorac.testing.screen import screen
from askorac.testing.waiting import is_done_in
from askorac.testing.widget_socket import widget_server

DRAW = """async ([texts, growing]) => {
  const { makeDrawer } = await import('/static/widget/markdown.js');
  const container = document.createElement('div');
  const draw = makeDrawer(container, {
    growing,
    cite: (number) => {
      if (number <= 2) return Object.assign(document.createElement('sup'), { textContent: number });
    },
    allows: (href) => href === 'https://docs.example/light.pdf#page=12',
  });
  let kept = 0;
  for (const text of texts) {
    const before = [...container.childNodes];
    draw(text, false);
    kept = before.filter((node) => node.isConnected || container.contains(node)).length;
  }
  return [container.innerHTML, kept];
}"""
SOURCE = "https://docs.example/light.pdf#page=12"
LINK = f'<a href="{SOURCE}" target="_blank" rel="noopener">'
FIFTY_KB = 50_000
MOST_SECONDS = 3.0  # far above what it takes, for a machine that is busy with other things


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with widget_server() as server, screen(browser) as opened:
        server.pages["/page"] = "<!doctype html><title>A page</title>"
        opened.page.goto(f"{server.url}/page")
        yield opened.page


def drawn(page: Page, *texts: str, growing: bool = False) -> str:
    html: str = page.evaluate(DRAW, [list(texts), growing])[0]
    return html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One\ntwo\n\nthree", "<p>One\ntwo</p><p>three</p>"),
        (
            "a **b** c *d* __e__ _f_ ***g***",
            "<p>a <strong>b</strong> c <em>d</em> <strong>e</strong> <em>f</em>"
            " <strong><em>g</em></strong></p>",
        ),
        ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
        ("2 * 3 * 4, snake_case_name", "<p>2 * 3 * 4, snake_case_name</p>"),
        ("**never closed", "<p>**never closed</p>"),
        ("a `b*c*` ``d`e`` `f", "<p>a <code>b*c*</code> <code>d`e</code> `f</p>"),
        (r"\*a\* \[b\]", "<p>*a* [b]</p>"),
        ("# A\n### B", "<h3>A</h3><h3>B</h3>"),
        ("#hash", "<p>#hash</p>"),
        ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"),
        ("> a\n> - b\n\nc", "<blockquote><p>a</p><ul><li><p>b</p></li></ul></blockquote><p>c</p>"),
        ("- a\n- b\n\nc", "<ul><li><p>a</p></li><li><p>b</p></li></ul><p>c</p>"),
        ("3. a\n4. b", '<ol start="3"><li><p>a</p></li><li><p>b</p></li></ol>'),
        (
            "- a\n  - b\n    - c\n- d",
            "<ul><li><p>a</p><ul><li><p>b</p><ul><li><p>c</p></li></ul></li></ul></li><li><p>d</p></li></ul>",
        ),
        (
            "1. a\n   - b\n\n   c\n2. d",
            '<ol start="1"><li><p>a</p><ul><li><p>b</p></li></ul><p>c</p></li>'
            "<li><p>d</p></li></ol>",
        ),
        ("Opened in\n1986. A year.", "<p>Opened in\n1986. A year.</p>"),
        ("A list:\n- a", "<p>A list:</p><ul><li><p>a</p></li></ul>"),
        (
            "```py\na = *b*\n\n# c\n```\nd",
            '<pre tabindex="0"><code>a = *b*\n\n# c</code></pre><p>d</p>',
        ),
        (
            "tall [1], lit [1, 2] [3] [1, 3]",
            "<p>tall <sup>1</sup>, lit <sup>1</sup><sup>2</sup> [3] [1, 3]</p>",
        ),
        (f"see [the *rules*]({SOURCE})", f"<p>see {LINK}the <em>rules</em></a></p>"),
    ],
)
def test_markdown_becomes_nodes(page: Page, text: str, html: str):
    assert drawn(page, text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
        ("&lt;b&gt;", "<p>&amp;lt;b&amp;gt;</p>"),
        ("![seen](https://evil.example/?q=secret)", "<p><span>seen</span></p>"),
        (f"![seen]({SOURCE})", "<p><span>seen</span></p>"),
        ("[go](https://evil.example/?q=secret)", "<p><span>go</span></p>"),
        ("[go](javascript:alert(1))", "<p>[go](javascript:alert(1))</p>"),
        ("[go](javascript:alert)", "<p><span>go</span></p>"),
        ("[go](https://docs.example.evil.example/light.pdf#page=12)", "<p><span>go</span></p>"),
        ("[go](//docs.example/light.pdf#page=12)", "<p><span>go</span></p>"),
        ("https://evil.example/", "<p>https://evil.example/</p>"),
        ("<https://evil.example/>", "<p>&lt;https://evil.example/&gt;</p>"),
    ],
)
def test_text_that_would_be_markup_stays_text(page: Page, text: str, html: str):
    assert drawn(page, text) == html


def test_growing_text_leaves_its_finished_blocks_alone(page: Page):
    texts = ["One", "One\n\n- a", "One\n\n- a\n- b\n\nTh", "One\n\n- a\n- b\n\nThree **an"]
    html, kept = page.evaluate(DRAW, [texts, True])
    assert html == (
        "<p>One</p><ul><li><p>a</p></li><li><p>b</p></li></ul><p>Three <strong>an</strong></p>"
    )
    assert kept == 2


def test_text_that_arrives_by_the_character_is_drawn_as_if_at_once(page: Page):
    text = "# A\n\nb *c*\n1. d\n   - e\n\n> f\n> g\n\n```\nh\n```\n[1] i\nj\n\n---\n- k"
    texts = [text[:end] for end in range(1, len(text) + 1)]
    assert drawn(page, *texts) == drawn(page, text)


@pytest.mark.parametrize(
    "piece",
    [
        "*",
        "* ",
        "a*",
        "*a ",
        "**a ",
        "_",
        "_a ",
        "[",
        "[a",
        "[a](",
        "![",
        "[1",
        "[1,",
        "](",
        "`",
        "` `` ",
        "```\n",
        "> ",
        ">",
        "- ",
        "1. ",
        "#",
        "# ",
        "\\",
        " ",
        "\n",
        "\n\n",
        "a\n",
        "a\n\n",
        "- a\n",
        "- a\n\n",
        "  - a\n",
        "> a\n",
        "-",
        "- - ",
        "<",
        "a",
        "~~~\n",
        "***a ",
        "*a **b _c __d ",
        "1. a\n\n   b\n\n",
    ],
)
def test_hostile_text_takes_no_longer_than_its_length(page: Page, piece: str):  # fmt: skip
    text = (piece * (FIFTY_KB // len(piece))) + " end"
    assert is_done_in(MOST_SECONDS, lambda: drawn(page, text))


def test_backticks_of_every_length_take_no_longer_than_their_length(page: Page):
    text = " ".join("`" * length for length in range(1, 310))
    assert is_done_in(MOST_SECONDS, lambda: drawn(page, text + "a" * 2000))
