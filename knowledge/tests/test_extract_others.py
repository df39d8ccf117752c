"""OpenDocument texts, e-books, messages, JSON, XML and rich text."""

import json
from io import BytesIO
from random import Random
from time import process_time
from zipfile import ZipFile

import pytest

from knowledge.ingestion.extractors import extract
from knowledge.ingestion.texts import ExtractedText, Section, Unreadable
from knowledge.tests.archives import archive, book, opendocument


def text_of(data: bytes, suffix: str) -> str:
    return "\n\n".join(section.text for section in extract(data, suffix=suffix).sections)


def code_of(data: bytes, suffix: str) -> str:
    with pytest.raises(Unreadable) as refused:
        extract(data, suffix=suffix)
    return refused.value.code


def test_an_opendocument_text_is_read_by_its_structure() -> None:
    content = (
        "<text:tracked-changes><text:p>gone</text:p></text:tracked-changes>"
        '<text:h text:outline-level="1">Shop</text:h>'
        "<text:p>We<text:s/>sell<text:tab/><text:span>ships</text:span>."
        "<office:annotation><text:p>Really?</text:p></office:annotation>"
        "<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>And boats.</text:p></text:note-body></text:note></text:p>"
        "<text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>a</text:p>"
        "</text:list-item><text:list-item><text:p>b</text:p></text:list-item></text:list>"
        "</text:list-item><text:list-item><text:p>two</text:p></text:list-item></text:list>"
        "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Land</text:p>"
        "</table:table-cell><table:table-cell><text:p>Cost</text:p></table:table-cell>"
        "</table:table-row></table:table-header-rows><table:table-row><table:table-cell>"
        "<text:p>Malta</text:p></table:table-cell><table:table-cell><text:p>4</text:p>"
        "</table:table-cell></table:table-row></table:table>"
    )
    assert extract(opendocument("text", content), suffix=".odt") == ExtractedText(
        title="Shop",
        sections=(
            Section(
                "# Shop\n\nWe sell ships.\n\n- one\n  - a\n  - b\n- two\n\n"
                "| Land | Cost |\n| --- | --- |\n| Malta | 4 |\n\nAnd boats.",
                None,
                "Shop",
            ),
        ),
        page_count=None,
    )


def test_an_opendocument_file_with_a_password_is_encrypted() -> None:
    content = opendocument("text", "<text:p>x</text:p>")
    assert extract(content, suffix=".odt").sections == (Section("x", None, ""),)
    locked = archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": "<m><f><encryption-data/></f></m>",
            "content.xml": b"\x00\x01",
        },
        first="mimetype",
    )
    assert code_of(locked, ".odt") == "encrypted"


def test_a_book_is_read_in_the_order_of_its_spine() -> None:
    spine = '<itemref idref="c1"/><itemref idref="c0"/><itemref idref="c1"/><itemref idref="no"/>'
    made = book("<h1>Two</h1><p>b", "<h1>One</h1><p>a", spine=spine)
    assert extract(made, suffix=".epub") == ExtractedText(
        title="A book",
        sections=(Section("# One\n\na", None, "One"), Section("# Two\n\nb", None, "Two")),
        page_count=None,
    )


def test_a_book_with_locked_chapters_is_encrypted_and_one_with_locked_fonts_is_not() -> None:
    def locks(name: str) -> dict[str, str]:
        entry = f'<e><CipherData><CipherReference URI="{name}"/></CipherData></e>'
        return {"META-INF/encryption.xml": f"<encryption>{entry}</encryption>"}

    assert code_of(book("<p>x", **locks("OPS/text/c0.xhtml")), ".epub") == "encrypted"
    assert text_of(book("<p>x", **locks("OPS/fonts/a.ttf")), ".epub") == "x"


def test_a_book_that_points_outside_itself_gets_nothing_from_there() -> None:
    made = archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<c><rootfile full-path="../../b.opf"/></c>',
            "b.opf": '<package><manifest><item id="a" media-type="text/html" '
            'href="../../../etc/passwd"/><item id="b" media-type="text/html" '
            'href="file:///etc/passwd"/><item id="c" media-type="text/html" href="c%20d.html"/>'
            '</manifest><spine><itemref idref="a"/><itemref idref="b"/><itemref idref="c"/></spine>'
            "</package>",
            "c d.html": "<p>inside",
        },
        first="mimetype",
    )
    assert text_of(made, ".epub") == "inside"


def test_a_message_is_its_headers_and_its_text() -> None:
    message = (
        b"From: Ann <ann@a.example>\r\nSubject: =?utf-8?B?T3VyIGhvdXJz?=\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\nF=FCnf Uhr.\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>no</p>\r\n"
        b"--b\r\nContent-Disposition: attachment\r\nContent-Type: text/plain\r\n\r\nno\r\n--b--\r\n"
    )
    assert extract(message, suffix=".eml") == ExtractedText(
        title="Our hours",
        sections=(Section("From: Ann <ann@a.example>\nSubject: Our hours\n\nFünf Uhr.", None, ""),),
        page_count=None,
    )


def test_a_message_in_markup_alone_is_read_as_a_page() -> None:
    message = b"Subject: Hi there\nContent-Type: text/html; charset=utf-8\n\n<p>One<p>Two"
    assert text_of(message, ".eml") == "Subject: Hi there\n\nOne\n\nTwo"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": 1, "b": {"c": [True, None, "x"]}}, "a: 1\nb:\n  c:\n    - true\n    - x"),
        ([{"q": "Why?", "a": "So."}, {"q": "And?"}], "q: Why?\na: So.\n\nq: And?"),
        ("only", "only"),
        ([1, [2, 3]], "1\n\n- 2\n- 3"),
    ],
)
def test_json_is_lines_of_names_and_values(value: object, text: str) -> None:
    assert text_of(json.dumps(value).encode(), ".json") == text


def test_lines_of_json_are_entries() -> None:
    assert text_of(b'{"a": 1}\n{"a": 2}\n', ".jsonl") == "a: 1\n\na: 2"


@pytest.mark.parametrize("data", [b"{'a': 1}", b'{"a": 1', b"[" * 100_000])
def test_what_is_not_json_is_damaged(data: bytes) -> None:
    assert code_of(data, ".json") == "damaged"


def test_a_notebook_is_its_cells() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "Words."]},
        {"cell_type": "code", "source": "print(1)", "outputs": [{"text": ["no"]}]},
    ]
    notebook = json.dumps({"nbformat": 4, "cells": cells}).encode()
    assert text_of(notebook, ".ipynb") == "# Title\n\nWords.\n\n```\nprint(1)\n```"


def test_a_feed_is_entries_under_headings() -> None:
    feed = (
        b"<rss><channel><title>News</title><item><title>One</title><description>&lt;p&gt;First."
        b"&lt;/p&gt;</description></item></channel></rss>"
    )
    assert extract(feed, suffix=".xml") == ExtractedText(
        title="News",
        sections=(
            Section("# News", None, "News"),
            Section("## One\n\nFirst.", None, "News › One"),
        ),
        page_count=None,
    )


def test_other_xml_is_its_text_line_by_line() -> None:
    data = b"<list><ship><name>Ann</name><berths>4</berths></ship><ship>Eve &amp; Co</ship></list>"
    assert text_of(data, ".xml") == "Ann\n4\n\nEve & Co"


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY e SYSTEM "file:///etc/passwd">',
        '<!ENTITY e SYSTEM "http://127.0.0.1:9/">',
        '<!ENTITY a "haha"><!ENTITY e "&a;&a;">',
        '<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;',
    ],
)
def test_entities_are_never_filled_in(declared: str) -> None:
    data = f"<!DOCTYPE x [{declared}]><x><y>before &e;</y></x>".encode()
    assert text_of(data, ".xml") == "before"


def test_rich_text_is_its_paragraphs_and_rows() -> None:
    data = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f1\fcharset204 Arial;}}{\info{\title no}}"
        rb"Gr\'fc\'dfe {\b fett} \u8364? \u-10179?\u-8704?\par {\f1 \'cf\'f0\'e8}\par"
        rb"\trowd\intbl A\cell B\cell\row Ende\par}"
    )
    assert text_of(data, ".rtf") == "Grüße fett € 😀\n\nПри\n\n| A | B |\n\nEnde"


def test_links_notes_and_pictures_of_rich_text_leave_its_words() -> None:
    picture = b"{\\pict\\pngblip " + b"89504e47\r\n" * 100 + b"}"
    link = rb'{\field{\*\fldinst{HYPERLINK "https://shop.example"}}{\fldrslt{the shop}}}'
    data = rb"{\rtf1\ansi See " + link + rb" today{\footnote Closed on Sunday.}." + picture + b"}"
    assert text_of(data, ".rtf") == "See the shop today Closed on Sunday.."


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (rb"{\rtf1 Hello " + rb"{\field{\*\fldinst{" * 100_000, ".rtf"),
        (rb"{\rtf1 Hello {\pict " + b"89504e47" * 2_000_000 + b"}}", ".rtf"),
        (b"Subject: Hello " + b"word " * 400_000 + b"\n\nHello", ".eml"),
        (b"From: " + b"<@a," * 100_000 + b"\nSubject: Hello\n\nHello", ".eml"),
        (b"Subject: Hello\nContent-Type: text/plain" + b";a=b" * 10_000 + b"\n\nHello", ".eml"),
    ],
    ids=["fields", "picture", "long header", "broken addresses", "many parameters"],
)
def test_what_libraries_read_over_and_over_is_read_in_seconds(data: bytes, suffix: str) -> None:
    started = process_time()
    assert "Hello" in text_of(data, suffix)
    assert process_time() - started < 5


def test_a_message_of_parts_in_parts_is_refused_at_once() -> None:
    parts = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at) for at in range(90)
    )
    with pytest.raises(Unreadable) as refused:
        extract(b"Subject: Hello\n" + parts + b"Hello\n" * 400_000, suffix=".eml")
    assert refused.value.code == "too_slow"


def test_an_opendocument_file_that_was_packed_anew_is_one() -> None:
    packed = ZipFile(BytesIO(opendocument("text", "<text:p>Hello.</text:p>")))
    members = {
        "a.png": Random(7).randbytes(100_000),
        **{name: packed.read(name) for name in packed.namelist()},
    }
    assert text_of(archive(members), ".odt") == "Hello."
