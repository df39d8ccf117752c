"""Passages as extraction leaves them, cut into what can be quoted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.providers.base import UNKNOWN
from keys.providers.local.sentences import LONGEST, Statement, statements


def texts(passage: str) -> list[str]:
    return [statement.text for statement in statements(passage)]


def test_hard_wrapped_lines_are_joined() -> None:
    passage = (
        "You may return any item within thirty days of pur-\n"
        "chase, unless it was made to measure. Write to us\n"
        "before you send it."
    )
    assert texts(passage) == [
        "You may return any item within thirty days of purchase, unless it was made to measure.",
        "Write to us before you send it.",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "Dr. Smith of the U.S. office, e.g. the one in St. Louis, approved it.",
        "It costs 5.50 EUR incl. shipping, see Fig. 3 on p. 7.",
        "Der Vertrag beginnt am 3. Oktober und gilt bzw. endet nach einem Jahr.",
        "Use version 3.11.7 of python.org or later.",
        'He said "Wait." and left.',
    ],
)
def test_full_stop_that_ends_nothing_does_not_cut(sentence: str) -> None:
    assert texts(f"{sentence} Next one follows.") == [sentence, "Next one follows."]


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        ("退款需要三十天。请联系客服！", ["退款需要三十天。", "请联系客服！"]),
        ("返品は三十日です。\n送料は無料です。", ["返品は三十日です。", "送料は無料です。"]),
        ("वापसी तीस दिन में होती है। हमें लिखें आप अभी।", ["वापसी तीस दिन में होती है।", "हमें लिखें आप अभी।"]),
        ("الإرجاع خلال شهر. راسلنا قبل ذلك.", ["الإرجاع خلال شهر.", "راسلنا قبل ذلك."]),
        ("Η επιστροφή γίνεται σε τριάντα ημέρες. Γράψτε μας πριν.",
         ["Η επιστροφή γίνεται σε τριάντα ημέρες.", "Γράψτε μας πριν."]),
    ],
)  # fmt: skip
def test_scripts_end_their_sentences_in_their_own_way(passage: str, expected: list[str]) -> None:
    assert texts(passage) == expected


def test_lines_of_unspaced_scripts_are_joined_without_space() -> None:
    assert texts("退款需要三十\n天才能完成。") == ["退款需要三十天才能完成。"]


def test_headings_and_questions_are_what_a_statement_is_about() -> None:
    passage = "# Returns\nWithin 30 days you may.\n\nShipping costs\n\nThey are ours to pay.\n\n"
    passage += "What about sale items?\nThese stay with you."
    assert statements(passage) == [
        Statement("Within 30 days you may.", "Returns", 1),
        Statement("They are ours to pay.", "Shipping costs", 3),
        Statement("These stay with you.", "What about sale items?", 4),
    ]


def test_short_facts_are_no_headings() -> None:
    assert texts("Opening hours\n\nMon to Fri: 9 to 17\n\nTel. 030 123456") == [
        "Mon to Fri: 9 to 17",
        "Tel. 030 123456",
    ]


def test_page_furniture_is_left_out() -> None:
    passage = "Page 3 of 10\n\n-----\n\nIntroduction ........... 12\n\n7\n\nThe rest is text."
    assert texts(passage) == ["The rest is text."]


def test_table_rows_carry_the_names_of_their_columns() -> None:
    passage = "| Plan | Price |\n|---|---:|\n| Basic | 10 EUR |\n| Team | 30 EUR |"
    assert texts(passage) == ["Plan: Basic, Price: 10 EUR", "Plan: Team, Price: 30 EUR"]


def test_rows_without_names_are_read_as_they_are() -> None:
    assert texts("| Basic | 10 EUR |\n| Team | 30 EUR |") == ["Basic, 10 EUR", "Team, 30 EUR"]


def test_sentence_with_a_colon_leads_to_its_list() -> None:
    passage = "The plan includes:\n\n- ten projects\n- 5 GB of storage\n  for each project\n\n"
    passage += "That is all."
    assert [(one.text, one.continuation) for one in statements(passage)] == [
        ("The plan includes:", "- ten projects\n- 5 GB of storage for each project"),
        ("ten projects", ""),
        ("5 GB of storage for each project", ""),
        ("That is all.", ""),
    ]


def test_sentence_with_a_colon_leads_to_its_code() -> None:
    passage = "Install it with:\n\n```\npip install askorac\n\nmake run\n```\nThen open it."
    assert [(one.text, one.continuation) for one in statements(passage)] == [
        ("Install it with:", "```\npip install askorac\n\nmake run\n```"),
        ("Then open it.", ""),
    ]


def test_what_could_act_in_an_answer_is_taken_out() -> None:
    passage = (
        "See [our terms](http://evil.example/a) and ![a picture](http://evil.example/b.png) of it. "
        f"Water boils at 100 degrees.[12] They say {UNKNOWN} often. Read `items[0]` first."
    )
    assert texts(passage) == [
        "See our terms and a picture of it.",
        "Water boils at 100 degrees.",
        "They say  often.",
        "Read `items[0]` first.",
    ]


def test_sentence_too_long_to_quote_is_cut_where_one_takes_breath() -> None:
    parts = texts(", ".join(f"the clause number {number} says something" for number in range(60)))
    assert max(map(len, parts)) <= LONGEST
    assert all(part.endswith((",", "something")) for part in parts)


@given(st.text(max_size=400))
def test_any_text_is_cut_without_end_or_loss_of_order(passage: str) -> None:
    found = statements(passage)
    assert all(0 < len(statement.text) <= LONGEST for statement in found)
    assert [one.block for one in found] == sorted(one.block for one in found)
