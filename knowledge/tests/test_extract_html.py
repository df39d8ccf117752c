"""HTML: what is there to read, whatever the page does to its reader."""

import pytest

from knowledge.ingestion.extractors import extract
from knowledge.ingestion.texts import ExtractedText, Section, Unreadable


def read(page: str) -> ExtractedText:
    return extract(page.encode(), suffix=".html")


def text_of(page: str) -> str:
    return "\n\n".join(section.text for section in read(page).sections)


def test_a_page_becomes_sections_under_its_headings() -> None:
    page = (
        "<!doctype html><html><head><title>Shop &amp; more</title><style>p {}</style></head><body>"
        "<p>Hello.</p><h1>Shop</h1><p>We sell <b>ships</b>.</p><h2>Hours</h2>Nine to <i>five</i>."
    )
    assert read(page) == ExtractedText(
        title="Shop & more",
        sections=(
            Section("Hello.", None, ""),
            Section("# Shop\n\nWe sell ships.", None, "Shop"),
            Section("## Hours\n\nNine to five.", None, "Shop › Hours"),
        ),
        page_count=None,
    )


def test_a_page_without_title_is_called_by_its_first_heading() -> None:
    assert read("<h2>Our hours</h2><p>Nine.").title == "Our hours"


@pytest.mark.parametrize(
    "element",
    [
        "<script>no()</script>",
        "<style>no {}</style>",
        "<noscript>no</noscript>",
        "<template><p>no</p></template>",
        "<svg><title>no</title><text>no</text></svg>",
        "<button>no</button>",
        "<select><option>no</option></select>",
        "<label>no</label>",
        "<textarea>no</textarea>",
        "<iframe>no</iframe>",
        "<nav><a href=/>no</a><ul><li><a>no</a></ul></nav>",
        "<div role=navigation><ul><li>no</ul></div>",
        "<!-- no -->",
        "<div hidden>no<p>no</p></div>",
        '<p style="color: red; display:none">no</p>',
        '<span aria-hidden="true" style="visibility: hidden">no</span>',
    ],
)
def test_what_is_no_text_of_the_page_goes(element: str) -> None:
    assert text_of(f"<p>one</p>{element}<p>two</p>") == "one\n\ntwo"


def test_answers_that_are_folded_away_and_footers_stay() -> None:
    page = (
        "<details><summary>Do you ship?</summary><p hidden>Yes, we do.</p></details>"
        '<p hidden="until-found">In a day.</p><button aria-controls="a1">Where?</button>'
        '<p id="a1" hidden>Everywhere.</p>'
        '<div class="tab-panel" style="display:none">Not now.</div>'
        "<footer>12 Harbour Street</footer>"
    )
    assert text_of(page).split("\n\n") == [
        "Do you ship?",
        "Yes, we do.",
        "In a day.",
        "Everywhere.",
        "Not now.",
        "12 Harbour Street",
    ]


def test_lists_are_lines_with_bullets() -> None:
    page = "<p>Bring:<ul><li>a <b>map</b><li><p>food<ol><li>bread<li>cheese</ol><li></ul>Go."
    assert text_of(page) == ("Bring:\n\n- a map\n- food\n  1. bread\n  2. cheese\n\nGo.")


def test_tables_are_rows_between_bars() -> None:
    page = (
        "<table><tr><th>Land</th><th>Cost</th></tr>"
        "<tr><td><p>Malta</p></td><td>4\n <b>€</b></td></tr><tr><td>all\n</td></tr></table>"
    )
    assert text_of(page) == "| Land | Cost |\n| --- | --- |\n| Malta | 4 € |\nall"


def test_cells_with_many_lines_stand_one_under_the_other() -> None:
    page = "<table><tr><td>Malta</td><td><ul><li>boats<li>cars</ul></td></tr></table>"
    assert text_of(page) == "Malta\n- boats\n- cars"


def test_a_page_laid_out_as_a_table_keeps_its_headings() -> None:
    page = "<table><tr><td>Menu</td><td><h1>Shop</h1><p>Hi.</p><p>Ho.</p></td></tr></table>"
    assert read(page).sections == (
        Section("Menu", None, ""),
        Section("# Shop\n\nHi.\nHo.", None, "Shop"),
    )


def test_code_keeps_its_lines_and_long_plain_type_is_text() -> None:
    assert text_of("<p>Run<pre><code>make  run\n  now</code></pre>") == (
        "Run\n\n```\nmake  run\n  now\n```"
    )
    lines = "\n".join(["A line of an old text in plain type."] * 200)
    assert text_of(f"<pre>{lines}</pre>") == lines


def test_white_space_counts_once() -> None:
    assert text_of("<p>  one\n\n\t two<br>three <br/> four&nbsp;five </p>") == (
        "one two\nthree\nfour five"
    )


@pytest.mark.parametrize(
    ("page", "encoding"),
    [
        ("<meta charset=iso-8859-1><p>Größe 4 €", "cp1252"),
        ('<meta http-equiv="x" content="text/html; charset=windows-1251"><p>Привет', "cp1251"),
        ('<?xml version="1.0" encoding="shift_jis"?><p>日本語', "cp932"),
        ("<meta charset=utf-8><p>Größe", "utf-16"),
        ("<meta charset=no-such><p>Größe", "utf-8"),
        ("<meta charset=unicode_escape><p>Größe", "utf-8"),
    ],
)
def test_the_encoding_is_the_declared_one_if_it_fits(page: str, encoding: str) -> None:
    assert text_of_bytes(page.encode(encoding)) == page.rsplit(">", 1)[1]


def text_of_bytes(page: bytes) -> str:
    (section,) = extract(page, suffix=".html").sections
    return section.text


def test_entities_are_letters_and_bombs_are_none() -> None:
    page = (
        '<!DOCTYPE html [<!ENTITY a "haha"><!ENTITY b "&a;&a;">]>'
        "<p>&eacute; &#233; &lt;b&gt; &b;&#0;&#xFEFF;</p>"
    )
    assert text_of(page).endswith("é é <b> &b;\ufffd")


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<div>" * 100_000 + "found" + "</div>" * 100_000, "found"),
        ("<b>" * 100_000 + "found", "found"),
        ("<blockquote><p>" * 50_000 + "found", "found"),
        (f'<p title="{"x" * 5_000_000}">found', "found"),
        (f"<p {' '.join(f'a{number}' for number in range(100_000))}>found", "found"),
        ("<p>found" + "</b></table></li>" * 50_000, "found"),
        ("<p>found<!--" + "-<" * 500_000, "found"),
        ("<p>found" + "<a " * 300_000, "found"),
    ],
)
def test_pages_built_to_exhaust_are_read(page: str, words: str) -> None:
    assert text_of(page) == words


@pytest.mark.parametrize("part", ["<table><tr><td>x", "<ul><li>x", "<dl><dt>x<dd>y", "<pre>x"])
def test_depth_of_structure_takes_no_time(part: str) -> None:
    assert text_of(part * 20_000).count("x") == 20_000


@pytest.mark.parametrize("page", ["<p> </p>", "<html></html>", "<script>no</script>", "<a " * 99])
def test_a_page_without_text_is_empty(page: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(page)
    assert refused.value.code == "empty"
