"""Words and their stems, in scripts with and without spaces."""

import pytest

from knowledge.words.analysis import stems_asked, stems_of
from knowledge.words.languages import UNKNOWN, language_of


@pytest.mark.parametrize(
    ("text", "language", "stems"),
    [
        ("The bridges", "en", {"the", "bridg"}),
        ("Straßen und Häuser", "de", {"strass", "und", "haus"}),
        ("¿Cuántos puntos?", "es", {"cuant", "punt"}),
        ("नमस्ते दुनिया", "hi", {"नमस्त", "दुनिय"}),
        ("防守只丢", "zh", {"防守", "守只", "只丢"}),
        ("分", "zh", {"分"}),
        ("한국어", "ko", {"한국", "국어"}),
        ("٣٠٨ ３０８", "ar", {"308"}),
        ("AB-1234", "en", {"ab", "1234", "ab1234"}),
        ("bob@x.com", "en", {"bob", "x", "com", "bob@x.com"}),
        ("v4.1", "en", {"v4", "1", "v4.1"}),
    ],
)
def test_stems_of_a_script(text: str, language: str, stems: set[str]) -> None:
    assert set(stems_of(text, language)) == stems


def test_stems_are_counted() -> None:
    assert stems_of("Open, opens, opening", "en") == {"open": 3}


def test_question_without_its_asking_words() -> None:
    assert stems_asked("How do I open the bridge?", ["en"]) == {"open", "bridg"}


def test_question_of_asking_words_only() -> None:
    assert stems_asked("What is this?", ["en"]) == {"what", "is", "this"}


def test_question_in_two_languages_of_documents() -> None:
    assert stems_asked("Häuser", ["de", "en"]) == {"haus", "hauser"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The shop opens at nine and closes when the last guest has gone home.", "en"),
        ("Der Laden öffnet um neun und schließt, wenn der letzte Gast gegangen ist.", "de"),
        ("दुकान नौ बजे खुलती है और आख़िरी मेहमान के जाने पर बंद होती है।", "hi"),
        ("商店九点开门，最后一位客人离开后关门。我们每天都营业，欢迎光临本店。", "zh"),
        ("308", UNKNOWN),
    ],
)
def test_language_of_a_text(text: str, language: str) -> None:
    assert language_of(text) == language
