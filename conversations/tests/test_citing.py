"""The sentences of the documents that an answer rests on."""

from conversations.answering.citing import MOST_QUOTE_CHARACTERS, Text, quotes

RETURNS = Text(
    1,
    "Our shop opens at nine. Returns are accepted within 30 days of delivery, as long as the"
    " item is unused.\nShipping takes 3.5 days.\n\nGift cards never expire.",
)
CHINESE = Text(2, "退货须在三十天内提出。运费由我们承担。礼品卡永不过期。")
HINDI = Text(
    3, "दुकान नौ बजे खुलती है। वापसी तीस दिनों के भीतर स्वीकार की जाती है। उपहार कार्ड समाप्त नहीं होते।"
)
PASSAGES = [RETURNS, CHINESE, HINDI]


def cited(answer: str, passages: list[Text] = PASSAGES) -> list[tuple[int, str]]:
    texts = {passage.n: passage.text for passage in passages}
    return [
        (quote.n, texts[quote.n][quote.start : quote.end]) for quote in quotes(answer, passages)
    ]


def test_statement_is_supported_by_the_sentence_that_shares_its_words() -> None:
    assert cited("You can return unused items for 30 days [1]. Cards keep [1].") == [
        (
            1,
            "Returns are accepted within 30 days of delivery, as long as the item is unused.",
        )
    ]


def test_statement_repeated_word_for_word_is_found_where_it_stands() -> None:
    wrapped = Text(1, "Gift cards never expire. Shipping\n takes two days. Shipping is fast.")
    [quote] = quotes("> **Shipping takes  two days.** [1]", [wrapped])
    assert wrapped.text[quote.start : quote.end] == "Shipping\n takes two days."
    assert quote.likeness == 1.0


def test_marker_behind_a_full_stop_belongs_to_the_sentence_before() -> None:
    assert cited("The shop opens at nine. [1] Something else follows.") == [
        (1, "Our shop opens at nine.")
    ]


def test_statement_is_found_in_other_scripts() -> None:
    assert cited("三十天内可以退货[2]。") == [(2, "退货须在三十天内提出。")]
    assert cited("आप तीस दिनों के भीतर वापसी कर सकते हैं [3]।") == [
        (3, "वापसी तीस दिनों के भीतर स्वीकार की जाती है।")
    ]


def test_passages_are_cited_once_and_in_order() -> None:
    assert [n for n, _ in cited("三十天内可以退货[2]。 Nine [1]. 退货[2]。 [1][2]")] == [1, 2]


def test_number_of_no_passage_is_not_cited() -> None:
    assert cited("Nine o'clock [7].") == []


def test_answer_without_markers_is_given_what_it_shares_most_with() -> None:
    assert cited("Returns are accepted for 30 days after delivery of unused items") == [
        (1, "Returns are accepted within 30 days of delivery, as long as the item is unused.")
    ]
    assert cited("Hello") == []


def test_quote_is_never_longer_than_it_may_be() -> None:
    long = Text(1, "word " * 500)
    for answer in ("word word word [1].", "word " * 200 + "[1]"):
        [quote] = quotes(answer, [long])
        assert 0 < quote.end - quote.start <= MOST_QUOTE_CHARACTERS


def test_quote_of_an_answer_in_another_language_is_the_beginning() -> None:
    assert cited("営業時間は九時からです [1]。") == [(1, "Our shop opens at nine.")]


def test_empty_passage_is_quoted_as_nothing() -> None:
    assert cited("Something [1].", [Text(1, "  ")]) == [(1, "")]
