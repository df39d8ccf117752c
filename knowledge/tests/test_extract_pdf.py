"""PDF: pages, paragraphs, headings, columns, what runs over pages, and what is filled in."""

import io

import pypdf
import pytest

from knowledge.ingestion.extractors import extract
from knowledge.ingestion.texts import ExtractedText, Section, Unreadable
from knowledge.tests.pdfs import (
    CATALOG,
    PAPER,
    assemble,
    lines_at,
    make_pdf,
    stream,
    text_at,
)

SEA = (
    "The left column tells about the sea and",
    "its many fishes which swim in the deep",
    "water without end and without rest all",
    "day long, until they have come to where",
    "the water is warm, and the light goes in",
    "deep enough for plants to grow there, so",
    "that they can live on them in the winter.",
)
HILLS = (
    "The right column speaks of mountains on",
    "which goats climb, and of the snow which",
    "falls in winter on the quiet valleys and",
    "is gone only when the sun of May shines",
    "into them, and turns it into the water of",
    "the streams which run to the sea, where",
    "the fishes live that nobody up there has.",
)


def read(pdf: bytes) -> ExtractedText:
    return extract(pdf, suffix=".pdf")


def texts(pdf: bytes) -> list[str]:
    return [section.text for section in read(pdf).sections]


def refusal(pdf: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        read(pdf)
    return refused.value.code


def test_page_numbers_count_empty_pages_too() -> None:
    text = read(make_pdf(text_at(72, 700, "On the first page."), b"", text_at(72, 700, "Third.")))
    assert text == ExtractedText(
        title="",
        sections=(
            Section(text="On the first page.", page=1, heading=""),
            Section(text="Third.", page=3, heading=""),
        ),
        page_count=3,
    )


def test_lines_broken_at_the_margin_become_a_paragraph() -> None:
    assert texts(make_pdf(lines_at(72, 700, SEA))) == [" ".join(SEA)]


def test_lines_ended_on_purpose_stay_lines() -> None:
    address = ("Orac Limited", "12 Harbour Street", "Bristol BS1 4TR")
    assert texts(make_pdf(lines_at(72, 700, address))) == ["\n".join(address)]


def test_space_between_lines_parts_paragraphs() -> None:
    pdf = make_pdf(lines_at(72, 700, SEA) + lines_at(72, 560, HILLS))
    assert texts(pdf) == [" ".join(SEA) + "\n\n" + " ".join(HILLS)]


def test_columns_drawn_line_by_line_are_read_one_after_the_other() -> None:
    operators = b"".join(
        lines_at(72, 700 - 14 * number, [left]) + lines_at(330, 700 - 14 * number, [right])
        for number, (left, right) in enumerate(zip(SEA, HILLS, strict=True))
    )
    assert texts(make_pdf(operators)) == [" ".join(SEA) + "\n\n" + " ".join(HILLS)]


def test_columns_drawn_one_by_one_are_read_so() -> None:
    pdf = make_pdf(lines_at(72, 700, SEA) + lines_at(330, 700, HILLS))
    assert texts(pdf) == [" ".join(SEA) + "\n\n" + " ".join(HILLS)]


def test_rows_of_a_table_stay_rows() -> None:
    rows = (("Germany", "4.90"), ("France", "7.90"), ("Italy", "8.90"))
    operators = b"".join(
        text_at(72, 700 - 14 * number, country) + text_at(300, 700 - 14 * number, price)
        for number, (country, price) in enumerate(rows)
    )
    assert texts(make_pdf(operators)) == ["Germany 4.90\nFrance 7.90\nItaly 8.90"]


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("This is a sentence of some length about infor-", "mation.", "about information."),
        ("The word information. A sentence about an infor-", "mation.", "an information."),
        ("It is chat-optimized. This one is not so chat-", "optimized.", "so chat-optimized."),
        ("The mid and the way. A sentence about a mid-", "way.", "a mid-way."),
        ("Somebody with the family name of Smith-", "Jones.", "of Smith-Jones."),
    ],
)
def test_hyphens_at_line_ends_are_taken_out_of_words_only(
    first: str, second: str, joined: str
) -> None:
    assert texts(make_pdf(lines_at(72, 700, (first, second))))[0].endswith(joined)


def test_a_list_keeps_its_entries() -> None:
    lines = ("1. Open the lid.", "2. Take the paper out.", "3. Close the lid.")
    assert texts(make_pdf(lines_at(72, 700, lines))) == ["\n".join(lines)]


def test_larger_and_bolder_lines_are_headings() -> None:
    pdf = make_pdf(
        text_at(72, 740, "Opening hours", size=18)
        + lines_at(72, 700, SEA)
        + text_at(72, 560, "In winter", font="F2")
        + lines_at(72, 540, HILLS)
    )
    assert read(pdf) == ExtractedText(
        title="Opening hours",
        sections=(
            Section("## Opening hours\n\n" + " ".join(SEA), 1, "Opening hours"),
            Section("## In winter\n\n" + " ".join(HILLS), 1, "In winter"),
        ),
        page_count=1,
    )


def test_a_heading_holds_on_the_next_page() -> None:
    first = text_at(72, 740, "Opening hours", size=18) + lines_at(72, 700, SEA)
    sections = read(make_pdf(first, lines_at(72, 700, HILLS))).sections
    assert [(section.page, section.heading) for section in sections] == [
        (1, "Opening hours"),
        (2, "Opening hours"),
    ]


@pytest.mark.parametrize(
    ("named", "title"),
    [
        ("Terms of sale", "Terms of sale"),
        ("untitled", "Opening hours"),
        ("Microsoft Word - Price list.doc", "Price list"),
        ("Microsoft Word - Document2", "Opening hours"),
    ],
)
def test_the_title_is_a_real_one(named: str, title: str) -> None:
    operators = text_at(72, 740, "Opening hours", size=18) + lines_at(72, 700, SEA)
    assert read(make_pdf(operators, title=named)).title == title


def test_running_lines_and_page_numbers_are_left_out_but_once() -> None:
    pages = [
        text_at(72, 770, "Handbook of the harbour")
        + lines_at(72, 600, [f"Page {name} says what it says."])
        + text_at(300, 30, f"{number} of 4")
        for number, name in enumerate(("one", "two", "three", "four"), start=1)
    ]
    assert texts(make_pdf(*pages)) == [
        "Handbook of the harbour\n\nPage one says what it says.\n\n1 of 4",
        "Page two says what it says.",
        "Page three says what it says.",
        "Page four says what it says.",
    ]


def test_headers_that_change_but_carry_the_page_number_are_left_out() -> None:
    pages = [
        text_at(72, 770, f"{number + 12} {name}") + lines_at(72, 600, [f"About {name}."])
        for number, name in enumerate(("boats", "boats", "fishes", "fishes"))
    ]
    assert texts(make_pdf(*pages)) == [
        "12 boats\n\nAbout boats.",
        "About boats.",
        "14 fishes\n\nAbout fishes.",
        "About fishes.",
    ]


def test_lines_that_repeat_in_the_body_stay() -> None:
    pages = [lines_at(72, 400, ["Fill in and sign."]) for _ in range(4)]
    assert texts(make_pdf(*pages)) == ["Fill in and sign."] * 4


def test_text_turned_by_a_quarter_is_read() -> None:
    operators = b"".join(
        b"BT /F1 11 Tf 0 1 -1 0 %d 72 Tm (%s) Tj ET\n" % (100 + 14 * number, line.encode())
        for number, line in enumerate(SEA)
    )
    assert texts(make_pdf(operators)) == [" ".join(SEA)]


def test_fields_of_a_form_are_read_with_their_labels() -> None:
    fields = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /TU (Your name) /V (Ada) "
        b"/Rect [10 10 99 30] >>",
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (town) /V () /Rect [10 40 99 60] >>",
        b"<< /Type /Annot /Subtype /Widget /FT /Ch /Ff 131072 /T (country) /V (Malta) "
        b"/Opt [(Malta) (Cyprus)] /Rect [10 70 99 90] >>",
    )
    pdf = assemble(
        [
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R 7 0 R 8 0 R] >> >>",
            b"<< /Type /Pages /Count 1 /Kids [4 0 R] %s >>" % PAPER,
            b"<< >>",
            b"<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Annots [6 0 R 7 0 R 8 0 R] >>",
            stream(text_at(72, 700, "Order form")),
            *fields,
        ]
    )
    assert texts(pdf) == ["Order form\n\nYour name: Ada\ncountry: Malta"]


def encrypted(*, user: str, algorithm: str) -> bytes:
    writer = pypdf.PdfWriter(io.BytesIO(make_pdf(text_at(72, 700, "Nobody may print this."))))
    writer.encrypt(user, "owner", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_a_pdf_with_a_password_is_encrypted(algorithm: str) -> None:
    assert refusal(encrypted(user="secret", algorithm=algorithm)) == "encrypted"


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_a_pdf_that_opens_without_its_password_is_read(algorithm: str) -> None:
    assert texts(encrypted(user="", algorithm=algorithm)) == ["Nobody may print this."]


def picture(caption: bytes = b"", *, width: int = 600, height: int = 700) -> bytes:
    """A page with one grey picture; of its size in points, 600 x 700 are most of the page."""
    entries = b"/Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray /BitsPerComponent 8"
    page = b"<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Resources << /XObject << /I 6 0 R >> "
    return assemble(
        [
            CATALOG,
            b"<< /Type /Pages /Count 1 /Kids [4 0 R] %s >>" % PAPER,
            b"<< >>",
            page + b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
            stream(b"q %d 0 0 %d 0 0 cm /I Do Q " % (width, height) + caption),
            stream(b"\x80\x90\xa0\xb0", entries),
        ]
    )


@pytest.mark.parametrize("caption", [b"", text_at(10, 10, "Page 1")])
def test_a_page_that_is_a_picture_is_scanned(caption: bytes) -> None:
    assert refusal(picture(caption)) == "scanned"


def test_a_picture_with_words_under_it_is_read() -> None:
    assert texts(picture(text_at(10, 10, "The harbour as it was in 1890"))) == [
        "The harbour as it was in 1890"
    ]


def test_few_letters_beside_a_small_picture_are_read() -> None:
    assert texts(picture(text_at(300, 700, "Open"), width=90, height=60)) == ["Open"]


def test_pages_of_one_line_each_are_no_running_lines() -> None:
    pages = [text_at(72, 780, f"Step {number}: turn the lever") for number in range(1, 6)]
    assert texts(make_pdf(*pages)) == [f"Step {number}: turn the lever" for number in range(1, 6)]


def test_empty_pages_are_empty() -> None:
    assert refusal(make_pdf(b"", b"")) == "empty"


def test_letters_without_a_meaning_are_not_read() -> None:
    system = b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
    letters = b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /CIDSystemInfo %s >>" % system
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H "
        b"/DescendantFonts [ %s ] /ToUnicode 6 0 R >>" % letters
    )
    pdf = assemble(
        [
            CATALOG,
            b"<< /Type /Pages /Count 1 /Kids [4 0 R] /MediaBox [0 0 612 792] "
            b"/Resources << /Font << /F1 %s >> >> >>" % font,
            b"<< >>",
            b"<< /Type /Page /Parent 2 0 R /Contents 5 0 R >>",
            stream(b"BT /F1 11 Tf 72 700 Td <%s> Tj ET" % (b"00410042004300440045" * 8)),
            stream(b"1 beginbfrange <0000> <ffff> <e000> endbfrange"),
        ]
    )
    assert refusal(pdf) == "damaged"


def test_more_pages_than_can_be_read_are_oversized() -> None:
    kids = b" ".join(b"%d 0 R" % (4 + number) for number in range(10_001))
    page = b"<< /Type /Page /Parent 2 0 R >>"
    pages = b"<< /Type /Pages /Count 10001 /Kids [%s] %s >>" % (kids, PAPER)
    assert refusal(assemble([CATALOG, pages, b"<< >>", *[page] * 10_001])) == "oversized"
