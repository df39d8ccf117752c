"""Plain text: encodings, paragraphs, and what a text file may hold by mistake."""

import pytest

from knowledge.ingestion.extractors import extract
from knowledge.ingestion.texts import ExtractedText, Section, Unreadable

GERMAN = "Die Rückgabe ist bis zum dreißigsten Tag möglich. Größere Stücke holen wir ab. " * 20
FRENCH = "L'été dernier, nous avons livré à Besançon des pièces détachées déjà réparées. " * 20
POLISH = "Wysyłka trwa trzy dni robocze. Jeżeli chcesz zwrócić towar, wypełnij formularz. " * 20
RUSSIAN = "Доставка занимает три рабочих дня. Если вы хотите вернуть товар, напишите нам. " * 20
JAPANESE = "商品のお届けには三営業日かかります。返品をご希望の方は、フォームにご記入ください。" * 20
CHINESE = "送货需要三个工作日。如果您想退货，请填写网站上的表格，并把包裹寄到仓库的地址。" * 20
KOREAN = "배송은 영업일 기준 3일이 걸립니다. 제품을 반품하려면 양식을 작성하십시오. " * 20
GREEK = "Η αποστολή διαρκεί τρεις εργάσιμες ημέρες. Συμπληρώστε τη φόρμα στην ιστοσελίδα. " * 20


def read(data: bytes) -> str:
    (section,) = extract(data, suffix=".txt").sections
    return section.text


def test_a_text_is_one_section_without_page_or_title() -> None:
    assert extract(b"We open at nine.\n", suffix=".txt") == ExtractedText(
        title="",
        sections=(Section(text="We open at nine.", page=None, heading=""),),
        page_count=None,
    )


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-32"),
        (GERMAN, "cp1252"),
        (FRENCH, "cp1252"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859_2"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (GREEK, "cp1253"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (JAPANESE, "iso2022_jp"),
        (CHINESE, "gb18030"),
        (KOREAN, "euc_kr"),
        ("Ein Stück kostet 4 €.", "cp1252"),
        ("Café", "cp1252"),
        ("Déjà vu à l’été", "cp1252"),
        ("Привет", "cp1251"),
        ("Привет", "koi8_r"),
        ("Привет, мир", "cp866"),
        ("日本語", "cp932"),
        ("日本語", "euc_jp"),
        ("名前,年齢\n佐藤,30", "cp932"),
        ("你好世界", "gb18030"),
        ("我們的營業時間是九點到五點。", "big5"),
        ("Mūsu veikals ir atvērts no deviņiem.", "cp1257"),
        ("Zboží můžete vrátit do čtrnácti dnů.", "iso8859_2"),
        ("Unsere Büros öffnen um acht Uhr.", "cp850"),
        ("異なるディストリビューションではパッケージのバージョンも異なりますか?", "utf-16-le"),
        ("안녕하세요", "euc_kr"),
        ("שלום עולם, אנחנו פתוחים", "cp1255"),
        ("مرحبا بالعالم، نحن مفتوحون", "cp1256"),
        (GERMAN, "utf-16-le"),
        (GERMAN, "utf-16-be"),
        (CHINESE, "utf-16-le"),
        (JAPANESE, "utf-16-be"),
        ("Größe", "utf-16-le"),
        ("Привет, мир", "utf-16-be"),
        ("مرحبا بالعالم", "utf-16-le"),
    ],
)
def test_an_encoding_is_found_without_mojibake(text: str, encoding: str) -> None:
    assert read(text.encode(encoding)) == text.strip()


def test_big_endian_text_is_known_by_its_mark() -> None:
    assert read(b"\xfe\xff" + GERMAN.encode("utf-16-be")) == GERMAN.strip()


def test_a_few_broken_characters_do_not_change_the_encoding() -> None:
    data = GERMAN.encode() + b"\xed\xa0\x80 und mehr"
    assert read(data) == GERMAN + "\ufffd\ufffd\ufffd und mehr"


def test_bytes_in_no_encoding_are_damaged() -> None:
    data = b"text with " * 100 + b"\x81\x8d\x8f\x90\x9d " * 50
    with pytest.raises(Unreadable) as refused:
        read(data)
    assert refused.value.code == "damaged"


def test_characters_that_a_database_refuses_are_left_out() -> None:
    assert read(b"A word and " * 50 + b"a\x00b\x01c\x7f") == "A word and " * 50 + "abc"


def test_half_a_surrogate_pair_does_not_get_through() -> None:
    data = b"\xff\xfe" + "a word ".encode("utf-16-le") + b"\x00\xd8" + "end".encode("utf-16-le")
    assert read(data).encode().decode() == "a word \ufffdend"


def test_what_is_not_shown_is_left_out() -> None:
    assert read("so\u00adft\u200b and\u00a0plain\ufeff, e\u0301 \ufb01le\u202e".encode()) == (
        "soft and plain, é file"
    )


def test_line_ends_of_all_systems_are_one() -> None:
    assert read(b"one\r\ntwo\rthree\n\n\n\n four ") == "one\ntwo\nthree\n\n four"


def test_lines_broken_at_a_margin_become_paragraphs() -> None:
    wrapped = (
        "The quick brown fox jumps over the lazy dog and then it runs\n"
        "into the wood, where it sleeps until the sun has come up and\n"
        "the dog is awake again, which may take much longer than that\n"
        "of course.\n\n- one entry of a list that is too long for its line and goes\n"
        "  on here\n- another\n"
    )
    assert read(wrapped.encode()) == (
        "The quick brown fox jumps over the lazy dog and then it runs into the wood, where it "
        "sleeps until the sun has come up and the dog is awake again, which may take much longer "
        "than that of course.\n\n- one entry of a list that is too long for its line and goes on "
        "here\n- another"
    )


def test_short_lines_are_left_as_they_are() -> None:
    address = "Orac Limited\n12 Harbour Street\nBristol BS1 4TR\nUnited Kingdom\nPlanet Earth"
    assert read(address.encode()) == address


def test_long_lines_are_left_as_they_are() -> None:
    assert read(b"\n".join([b"word " * 60] * 5)) == "\n".join([("word " * 60).strip()] * 5)


def test_text_from_right_to_left_keeps_its_order() -> None:
    assert read("مرحبا بالعالم\nשלום עולם".encode()) == "مرحبا بالعالم\nשלום עולם"


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n ", b"\xef\xbb\xbf", b"\xff\xfe\x20\x00", b"\0"])
def test_nothing_to_read_is_empty(data: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read(data)
    assert refused.value.code == "empty"
