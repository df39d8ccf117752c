"""Markdown: headings to sections, marks off, code and tables kept."""

import time

import pytest

from knowledge.ingestion.extractors import extract
from knowledge.ingestion.extractors.inline_markdown import plain
from knowledge.ingestion.texts import ExtractedText, Section


def read(text: str) -> ExtractedText:
    return extract(text.encode(), suffix=".md")


def text_of(text: str) -> str:
    return "\n\n".join(section.text for section in read(text).sections)


def test_headings_open_sections_and_name_their_way() -> None:
    assert read("Before.\n\n# Shop\n\nHello.\n\n## Hours\nNine to five.\n\n# Jobs #\nNone.") == (
        ExtractedText(
            title="Shop",
            sections=(
                Section("Before.", None, ""),
                Section("# Shop\n\nHello.", None, "Shop"),
                Section("## Hours\n\nNine to five.", None, "Shop › Hours"),
                Section("# Jobs\n\nNone.", None, "Jobs"),
            ),
            page_count=None,
        )
    )


def test_underlined_headings_are_headings() -> None:
    assert [
        section.heading for section in read("Shop\n====\nHi.\n\nHours\n---\nNine.").sections
    ] == [
        "Shop",
        "Shop › Hours",
    ]


def test_a_line_over_a_heading_is_no_text() -> None:
    assert text_of("=====\nShop\n=====\n\nHi.") == "# Shop\n\nHi."


@pytest.mark.parametrize("mark", ["---", "+++"])
def test_front_matter_gives_the_title_and_goes(mark: str) -> None:
    separator = ":" if mark == "---" else " ="
    text = f'{mark}\ntitle{separator} "Our shop"\ndraft: true\n{mark}\n# Hello\n\nHi.'
    assert (read(text).title, text_of(text)) == ("Our shop", "# Hello\n\nHi.")


def test_broken_lines_are_joined_and_hard_breaks_kept() -> None:
    assert text_of("one\ntwo  \nthree\\\nfour\n- a\n  b\n- c\n1. d") == (
        "one two\nthree\\\nfour\n- a b\n- c\n1. d"
    )


def test_code_keeps_its_lines_between_fences() -> None:
    assert text_of("Run:\n\n```sh\nmake  run\n\n# no heading\n```\n\nDone.") == (
        "Run:\n\n```\nmake  run\n\n# no heading\n```\n\nDone."
    )


def test_code_without_an_end_is_kept() -> None:
    assert text_of("~~~\nmake run\n```\nmore") == "```\nmake run\n```\nmore\n```"


def test_tables_keep_their_rows() -> None:
    assert text_of("| Land  | Cost |\n|:-----|-----:|\n| Malta | **4** |") == (
        "| Land | Cost |\n| --- | --- |\n| Malta | 4 |"
    )


def test_quotes_and_rules_lose_their_marks() -> None:
    assert text_of("> He said\n> this.\n\n***\n\nYes.\n\n[a]: http://x.y\n") == (
        "He said this.\n\nYes."
    )


def test_html_inside_loses_its_tags_only() -> None:
    assert text_of("<ul>\n<li>One</li>\n<li>Two</li>\n</ul>\n\n<!-- kept -->") == (
        "One\nTwo\n\n kept "
    )


@pytest.mark.parametrize(
    ("marked", "unmarked"),
    [
        ("**bold** and _it_ and ~~gone~~", "bold and it and gone"),
        ("***both***", "both"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("[words](/here) and [site](https://a.b/c_(d))", "words and site (https://a.b/c_(d))"),
        ("[mail us](mailto:a@b.c)", "mail us (a@b.c)"),
        ("[https://a.b](https://a.b)", "https://a.b"),
        ("![a ship](ship.png) [ref][1] <https://x.y>", "a ship ref https://x.y"),
        ("`a_b` and ``x`` and `*`", "a_b and x and *"),
        (r"\*no\* \_emphasis\_", "*no* _emphasis_"),
        ("a &amp; b&nbsp;c &lt;d&gt;", "a & b c <d>"),
        ("a <b>bold</b> line<br/>", "a bold line"),
        ("if a < b and c > d", "if a < b and c > d"),
    ],
)
def test_marks_inside_a_line_are_taken_off(marked: str, unmarked: str) -> None:
    assert plain(marked) == unmarked


@pytest.mark.parametrize(
    "mark",
    ["`", "![", "[", "**a", ">", "# #", "|", "<a", "~~~\n", "_a", "[a](", "&", "* ", "- \n", "=\n"],
)
def test_marks_without_end_take_no_time(mark: str) -> None:
    started = time.process_time()
    text_of("x " + mark * (300_000 // len(mark)))
    assert time.process_time() - started < 5
