"""Pages of the web: their main text stays, and what stands around it goes."""

import json

import pytest

from askorac.testing import eval_data
from knowledge.ingestion.extractors import extract_page
from knowledge.ingestion.texts import ExtractedText, Section, Unreadable
from knowledge.tests.covering import compact

HTML = "text/html; charset=utf-8"
PARAGRAPHS = [
    f"Harbour number {number} opens at nine, and closes when the last ship has left it for the sea."
    for number in range(8)
]
ARTICLE = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)


def page(body: str, title: str = "Our harbours | Orac Limited") -> bytes:
    return f"<!doctype html><html><head><title>{title}</title></head><body>{body}".encode()


def read(body: str, title: str = "Our harbours | Orac Limited") -> ExtractedText:
    return extract_page(page(body, title), content_type=HTML)


def text_of(body: str) -> str:
    return "\n\n".join(section.text for section in read(body).sections)


WHOLE = "# Our harbours\n\n" + "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "beside",
    [
        "<nav><ul><li><a href=/a>Home</a><li><a href=/b>Ships</a></ul></nav>",
        "<header><a href=/>Orac</a><form><input><button>Search</button></form></header>",
        "<div class=cookie-banner><p>We use cookies to make this page better for you.</p></div>",
        "<div id=sidebar><h3>News</h3><p>Read our news about ships and the sea today.</p></div>",
        "<div class='post-share'><p>Share this page with your friends, if you have some.</p></div>",
        "<footer><p>All rights reserved by Orac Limited, a company of the sea.</p></footer>",
        "<div style='display: none'><p>A hidden thing that nobody sees on this page.</p></div>",
        "<div hidden><p>A hidden thing that nobody sees on this page.</p></div>",
        "<div aria-hidden=true><p>A hidden thing that nobody sees on this page.</p></div>",
        "<ul class=related-posts><li><a href=/c>Another</a><li><a href=/d>One more</a></ul>",
        "<p><a href=/e>Read also: what else we wrote about ships</a></p>",
        "<script>var x = 'A thing that nobody sees';</script><style>p { color: red }</style>",
    ],
)
def test_what_stands_beside_the_text_goes(beside: str) -> None:
    article = f"<article><h1>Our harbours</h1>{ARTICLE}</article>"
    assert text_of(f"{beside}{article}") == WHOLE
    assert text_of(f"{article}{beside}") == WHOLE


def test_a_page_keeps_its_headings_lists_tables_and_code() -> None:
    body = (
        f"<main><h1>Our harbours</h1>{ARTICLE}<h2>Prices</h2>"
        "<table><tr><th>Ship</th><th>Price a night</th></tr>"
        "<tr><td>Small</td><td>4 euros</td></tr></table>"
        "<h2>How to book</h2><ol><li>Choose a harbour that is near to where you are.</li>"
        "<li>Write to us, and wait for our answer.</li></ol>"
        "<pre><code>book --harbour 3\nbook --night 2</code></pre></main>"
    )
    assert read(body) == ExtractedText(
        title="Our harbours | Orac Limited",
        sections=(
            Section(WHOLE, None, "Our harbours"),
            Section(
                "## Prices\n\n| Ship | Price a night |\n| --- | --- |\n| Small | 4 euros |",
                None,
                "Our harbours › Prices",
            ),
            Section(
                "## How to book\n\n1. Choose a harbour that is near to where you are.\n"
                "2. Write to us, and wait for our answer.\n\n"
                "```\nbook --harbour 3\nbook --night 2\n```",
                None,
                "Our harbours › How to book",
            ),
        ),
        page_count=None,
    )


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("<button aria-controls=a1>When?</button>", "<div id=a1 hidden>"),
        ("<h3><a href='#a1'>When?</a></h3>", "<div id=a1 style='display:none'>"),
        ("<h3>When?</h3>", "<div class='accordion-body' aria-hidden=true>"),
        ("<details><summary>When?</summary>", "<div hidden>"),
    ],
)
def test_answers_that_open_with_a_click_stay(question: str, answer: str) -> None:
    said = "We open at nine in the morning on every day of the week but on Sundays."
    body = f"<main><h1>Our harbours</h1>{ARTICLE}{question}{answer}<p>{said}</p></div></main>"
    assert said in text_of(body)


def test_the_title_of_the_window_is_in_the_text_if_no_heading_says_it() -> None:
    assert text_of(f"<article>{ARTICLE}</article>").startswith("# Our harbours | Orac Limited\n\n")
    assert text_of(f"<article><h1>Our harbours</h1>{ARTICLE}</article>") == WHOLE


@pytest.mark.parametrize(
    "body",
    [
        "<p>Call us: 0117 496 0000.</p><p>Orac Limited, 12 Harbour Street, Bristol</p>",
        "<div>Call us: 0117 496 0000.</div><table><tr><td>Orac<td>12 Harbour Street</table>",
        "<h1>Contact</h1><ul><li>Call us: 0117 496 0000.<li>12 Harbour Street</ul>",
    ],
)
def test_a_page_of_few_words_is_read_whole(body: str) -> None:
    text = text_of(body)
    assert ("0117 496 0000" in text, "12 Harbour Street" in text) == (True, True)


@pytest.mark.parametrize(
    ("data", "content_type", "text"),
    [
        ("<p>Größe 4".encode("cp1252"), "text/html; charset=iso-8859-1", "Größe 4"),
        ("<p>Привет".encode("koi8_r"), 'text/html;charset="koi8-r"', "Привет"),
        ("<meta charset=utf-8><p>Größe".encode(), "text/html", "Größe"),
        (b"# Head\n\nText", "text/markdown; charset=utf-8", "# Head\n\nText"),
        (b"a,b\n1,2", "text/csv", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        (b"plain <p> text", "text/plain", "plain <p> text"),
        (b'{"a": 1}', "application/json", "a: 1"),
        (b"no type at all", "", "no type at all"),
        (b"# none of ours", "application/x-unheard-of", "# none of ours"),
    ],
)
def test_what_is_read_follows_what_the_server_says(
    data: bytes, content_type: str, text: str
) -> None:
    (section,) = extract_page(data, content_type=content_type).sections
    assert section.text == text


@pytest.mark.parametrize("data", [b"", b" \n ", b"<html><body></body></html>", b"<!-- x -->"])
def test_a_page_without_text_is_empty(data: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        extract_page(data, content_type=HTML)
    assert refused.value.code == "empty"


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 50_000 + "<p>found",
        "<p>found" + "</div></p>" * 50_000,
        "<ul><li>" * 20_000 + "found",
        "<p>found<table><tr>" + "<td>" * 20_000,
        "<p class='" + "share " * 100_000 + "'>found",
        "<p class='" + "post-list" * 50_000 + "'>found",
        "<p>found<div id='" + "a-" * 500_000 + "'>",
    ],
)
def test_pages_built_to_exhaust_are_read(body: str) -> None:
    assert "found" in text_of(body)


@pytest.mark.eval_data
def test_real_pages_keep_their_text_and_lose_what_is_around_it() -> None:
    entries = json.loads(eval_data.require("boilerplate_manifest.json").read_text("utf-8"))["files"]
    texts = [_text_of_file(entry["file"]) for entry in entries]
    kept = _share(texts, [entry["must_contain"] for entry in entries])
    beside = _share(texts, [entry["must_not_contain"] for entry in entries])
    assert (len(entries), kept >= 0.98, beside <= 0.13) == (40, True, True), (kept, beside)


def _text_of_file(file: str) -> str:
    text = extract_page(eval_data.require(file).read_bytes(), content_type=HTML)
    return compact("\n\n".join(section.text for section in text.sections))


def _share(texts: list[str], words: list[list[str]]) -> float:
    """Which share of the words of each page its text holds, over all pages."""
    pairs = [(text, one) for text, some in zip(texts, words, strict=True) for one in some]
    return sum(compact(one) in text for text, one in pairs) / len(pairs)
