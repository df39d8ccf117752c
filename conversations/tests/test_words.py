"""Conversations are found by what was said in them, in any form and language, and by the page."""

import pytest

from askorac.sealing import keyrings
from askorac.testing.people import Customer
from conversations.words import MOST_TERMS, Terms, terms_sought, words_of_turn

ENGLISH = (
    "Where are my shoes? I paid for two pairs, and the refund for order ABC-1234 has not come.",
    "You can return shoes within thirty days of delivery. Write to bob@shop.example if it is late.",
)
GERMAN = (
    "Wie bekomme ich eine Rechnung für meine Bestellung?",
    "Rechnungen finden Sie in Ihrem Konto. Straße und Hausnummer lassen sich dort noch ändern.",
)
JAPANESE = ("鍵を失くしました。どうすればいいですか？", "受付で新しい鍵をお渡しします。")
HINDI = ("क्या दुकान रविवार को खुली है?", "दुकान रविवार को दोपहर में खुलती है।")
RUSSIAN = ("Сколько стоит доставка?", "Доставка в другой город стоит триста рублей за посылку.")
VIETNAMESE = ("Đơn hàng của tôi ở đâu vậy?", "Đơn hàng của bạn sẽ được giao vào ngày mai.")
SHORT = ("refunds?", "")


def words(customer: Customer, question: str = "", answer: str = "", page_url: str = "") -> set[int]:
    ring = keyrings.of(customer.id)
    return set(words_of_turn(ring, question=question, answer=answer, page_url=page_url))


def is_found(terms: Terms, said: set[int]) -> bool:
    assert terms
    return all(term & said for term in terms)


@pytest.mark.parametrize(
    ("searched", "turn"),
    [
        ("shoe", ENGLISH),
        ("SHOES refunds", ENGLISH),
        ("returning", ENGLISH),
        ("my shoes", ENGLISH),
        ("abc-1234", ENGLISH),
        ("ABC1234", ENGLISH),
        ("1234", ENGLISH),
        ("bob@shop.example", ENGLISH),
        ("how do I get a refund for an order that has not come", ENGLISH),
        ("Rechnungen", GERMAN),
        ("rechnung strasse", GERMAN),
        ("Strasse", GERMAN),
        ("鍵", JAPANESE),
        ("受付", JAPANESE),
        ("新しい鍵", JAPANESE),
        ("दुकान", HINDI),
        ("доставки", RUSSIAN),
        ("hàng", VIETNAMESE),
        ("refund", SHORT),
        ("refunds", SHORT),
        ("wifi", ("Is there Wi-Fi in the old harbour office of yours?", "")),
        ("wi-fi", ("Is there wifi in the old harbour office of yours?", "")),
        ("summer-sale", ("Does SUMMER-SALE-24 still work, and for how long?", "")),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() else "",
)
def test_turn_is_found_by_a_word_in_any_form(
    organization: Customer, searched: str, turn: tuple[str, str]
) -> None:
    assert is_found(
        terms_sought(organization.id, words=searched, page=""), words(organization, *turn)
    )


@pytest.mark.parametrize("searched", ["lamp", "shoes lamps", "abc-1235", "ship", "?", "鍵"])
def test_turn_is_not_found_by_what_was_not_said(organization: Customer, searched: str) -> None:
    said = words(organization, *ENGLISH)
    assert not is_found(terms_sought(organization.id, words=searched, page=""), said)


@pytest.mark.parametrize(
    ("searched", "found"),
    [
        ("https://shop.example/Summer-Sale/sho%C3%A9s?colour=red", True),
        ("shop.example/summer-sale", True),
        ("shop.example", True),
        ("/shoés", True),
        ("shoes", True),
        ("summer", True),
        ("red", True),
        ("https", False),
        ("shop.example/lamps", False),
        ("%", False),
    ],
)
def test_turn_is_found_by_parts_of_its_page(
    organization: Customer, searched: str, found: bool
) -> None:
    said = words(organization, page_url="https://shop.example/summer-sale/sho%c3%a9s?colour=red#a")
    assert is_found(terms_sought(organization.id, words="", page=searched), said) == found


def test_page_and_what_was_said_are_told_apart(organization: Customer) -> None:
    said = words(organization, "Where are my shoes?", page_url="https://shop.example/lamps")
    assert not is_found(terms_sought(organization.id, words="lamps", page=""), said)
    assert not is_found(terms_sought(organization.id, words="", page="shoes"), said)


def test_another_organization_has_other_numbers(organization: Customer, stranger: Customer) -> None:
    assert words(organization, *ENGLISH) & words(stranger, *ENGLISH) == set()


def test_nothing_is_asked_of_a_key_without_a_search(organization: Customer) -> None:
    assert terms_sought(organization.id, words=" ", page="") == ()


def test_longest_words_of_a_long_search_count(organization: Customer) -> None:
    searched = "an on " + " ".join(f"word{number:0>9}" for number in range(20))
    terms = terms_sought(organization.id, words=searched, page="")
    assert len(terms) == MOST_TERMS
    said = words(organization, searched)
    assert is_found(terms, said)
    assert not any(term & words(organization, "an on") for term in terms)
