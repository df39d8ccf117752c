"""Which sentence of a chunk a question comes nearest to, in scripts with and without spaces."""

import pytest

from knowledge.excerpts import AROUND_CHARACTERS, excerpt


@pytest.mark.parametrize(
    ("text", "question", "sentence"),
    [
        (
            "## Returns\n\nSend it back. Returns take 30 days.\n\nCall us.",
            "How long may returns take?",
            "Returns take 30 days.",
        ),
        (
            "- We open at 9.30 each day.\n- We close at six.",
            "When is closing, six?",
            "We close at six.",
        ),
        ("您可以退货。运费是四欧元。营业到六点。", "运费多少", "运费是四欧元。"),
        ("يمكنك الإرجاع. الشحن يكلف أربعة يورو.", "كم يكلف الشحن؟", "الشحن يكلف أربعة يورو."),
        ("आप सामान वापस कर सकते हैं। डाक मुफ़्त है।", "डाक कितनी", "डाक मुफ़्त है।"),
        ("Parcels come by train.", "Wie teuer ist der Versand?", ""),
        ("## Returns", "returns", ""),
        ("", "returns", ""),
    ],
)
def test_sentence_is_the_one_that_shares_most(text: str, question: str, sentence: str) -> None:
    found = excerpt(text, question)
    assert found.sentence.strip() == sentence
    assert found.before + found.sentence + found.after == text


def test_excerpt_is_one_paragraph_without_marks_of_headings() -> None:
    found = excerpt("# Shop\n\n## Returns\n\nReturns take\n30 days.\n\nCall us.", "returns")
    assert found.lead + found.quote + found.trail == "Shop Returns Returns take 30 days. Call us."


def test_excerpt_of_a_long_chunk_is_cut_between_words() -> None:
    words = "word " * 400
    found = excerpt(f"{words}. Returns take 30 days. {words}", "returns")
    assert found.lead.startswith("…word ")
    assert found.trail.endswith(" word…")
    assert max(len(found.lead), len(found.trail)) <= AROUND_CHARACTERS + 1
