"""A file is what its bytes say; a name that says something else is told, with what to do."""

import io
import zipfile
from random import Random

import pytest

from knowledge.ingestion.extractors import extract
from knowledge.ingestion.extractors.formats import ALSO, FORMATS, INSTEAD, NAMES, SUFFIXES
from knowledge.ingestion.texts import Unreadable
from knowledge.tests.pdfs import make_pdf, text_at

PDF = make_pdf(text_at(72, 700, "Hello."))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
PROGRAM = b"MZ\x90\x00" + bytes(500)
PAGE = b"<!doctype html><title>x</title><p>Hello."
RTF = b"{\\rtf1 hello}"
RANDOM = Random(7).randbytes(4096)


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 100)
    return out.getvalue()


WORD = zipped("[Content_Types].xml", "word/document.xml")
SHEET = zipped("[Content_Types].xml", "xl/workbook.xml")
ZIP = zipped("a", "b")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def refusal(data: bytes, suffix: str) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        extract(data, suffix=suffix)
    return refused.value


def otherwise(what: str) -> str:
    return f"{what} Upload it as {INSTEAD} instead."


def rename(what: str, ending: str) -> str:
    return f"{what} Rename it so that it ends in {ending}, and upload it again."


@pytest.mark.parametrize(
    ("data", "suffix", "sentence"),
    [
        (PNG, ".pdf", otherwise("This file ends in .pdf, but it is a PNG picture.")),
        (PROGRAM, ".md", otherwise("This file ends in .md, but it is a program.")),
        (ZIP, ".docx", otherwise("This file ends in .docx, but it is a ZIP archive.")),
        (ZIP, ".html", otherwise("This file ends in .html, but it is a ZIP archive.")),
        (RANDOM, ".txt", otherwise("This file ends in .txt, but it is not text.")),
        (RANDOM, ".html", otherwise("This file ends in .html, but it is not text.")),
        (RANDOM, ".md", otherwise("This file ends in .md, but it is not text.")),
        (PDF, ".html", rename("This file ends in .html, but it is a PDF.", ".pdf")),
        (PDF, ".docx", rename("This file ends in .docx, but it is a PDF.", ".pdf")),
        (WORD, ".txt", rename("This file ends in .txt, but it is a Word document.", ".docx")),
        (WORD, ".xlsx", rename("This file ends in .xlsx, but it is a Word document.", ".docx")),
        (SHEET, ".csv", rename("This file ends in .csv, but it is an Excel workbook.", ".xlsx")),
        (RTF, ".doc", rename("This file ends in .doc, but it is an RTF document.", ".rtf")),
        (PAGE, ".docx", rename("This file ends in .docx, but it is a web page.", ".html")),
        (b"Hello.", ".pdf", rename("This file ends in .pdf, but it is plain text.", ".txt")),
        (PAGE, ".pdf", rename("This file ends in .pdf, but it is a web page.", ".html")),
    ],
)
def test_a_wrong_ending_is_mislabelled(data: bytes, suffix: str, sentence: str) -> None:
    refused = refusal(data, suffix)
    assert (refused.code, refused.sentence) == ("mislabelled", sentence)


@pytest.mark.parametrize(
    ("data", "suffix", "sentence"),
    [
        (b"a,b\n1,2\n", ".sql", "Files that end in .sql cannot be read. Upload this as"),
        (b"a,b\n1,2\n", ".canary", "Files that end like this one cannot be read. Upload this as"),
        (PNG, "", "This file is a PNG picture. Files of that kind cannot be read: upload it as"),
    ],
)
def test_a_format_that_is_not_read_is_unsupported(data: bytes, suffix: str, sentence: str) -> None:
    refused = refusal(data, suffix)
    assert refused.code == "unsupported"
    assert refused.sentence == f"{sentence} {INSTEAD} instead."


@pytest.mark.parametrize("data", [RANDOM, b"%PDF-1.7\n" + RANDOM, PDF[:300], b"%PDF-1.4"])
def test_what_is_left_of_a_pdf_is_damaged(data: bytes) -> None:
    assert refusal(data, ".pdf").code == "damaged"


@pytest.mark.parametrize(
    ("data", "suffix", "text"),
    [
        (PDF, ".PDF", "Hello."),
        (PDF, "", "Hello."),
        (b"\n\njunk\n" + PDF, ".pdf", "Hello."),
        (b"Hello.", "", "Hello."),
        (b"Hello.", ".2024", "Hello."),
        (b"Hello.", ".2 final version", "Hello."),
        (b"Hello.", ".markdown", "Hello."),
        (b"Hello.", ".htm", "Hello."),
        (PAGE, "", "Hello."),
        (b"<p>Hello.", ".txt", "<p>Hello."),
    ],
)
def test_what_can_be_read_is_read(data: bytes, suffix: str, text: str) -> None:
    (section,) = extract(data, suffix=suffix).sections
    assert section.text == text


def older(stream: str) -> bytes:
    return OLE + stream.encode("utf-16-le") + bytes(64)


@pytest.mark.parametrize(
    ("stream", "suffix", "ending"),
    [
        ("WordDocument", ".doc", ".docx"),
        ("WordDocument", ".docx", ".docx"),
        ("PowerPoint Document", ".ppt", ".pptx"),
        ("__properties_version1.0", ".msg", ".eml"),
        ("__properties_version1.0", "", ".eml"),
    ],
)
def test_an_older_document_is_to_be_saved_anew(stream: str, suffix: str, ending: str) -> None:
    refused = refusal(older(stream), suffix)
    assert refused.code == "unsupported"
    assert refused.sentence.endswith(f"save it so that it ends in {ending}, and upload that.")


@pytest.mark.parametrize("suffix", [".docx", ".xlsx", ".pptx", ".doc", ""])
def test_an_office_file_with_a_password_is_encrypted(suffix: str) -> None:
    refused = refusal(older("EncryptedPackage"), suffix)
    assert (refused.code, refused.sentence) == (
        "encrypted",
        "This file is protected with a password. Save a copy without one, and upload that.",
    )


@pytest.mark.parametrize("data", [WORD[:200], WORD[:-30], RANDOM, WORD[:40] + RANDOM])
def test_what_is_left_of_a_word_document_is_damaged(data: bytes) -> None:
    assert refusal(data, ".docx").code == "damaged"


def test_an_embedded_workbook_makes_no_workbook_of_a_presentation() -> None:
    deck = zipped("[Content_Types].xml", "ppt/presentation.xml", "ppt/embeddings/xl/workbook.xml")
    assert refusal(deck, ".xlsx").sentence == rename(
        "This file ends in .xlsx, but it is a PowerPoint presentation.", ".pptx"
    )


def test_what_the_form_offers_is_what_is_read() -> None:
    formats = (*FORMATS, *ALSO)
    assert tuple(suffix for format_ in formats for suffix in format_.suffixes) == SUFFIXES
    assert len(set(SUFFIXES)) == len(SUFFIXES)
    assert NAMES == (
        "PDF, Word, PowerPoint, Excel, OpenDocument, EPUB, HTML, Markdown, CSV or plain text"
    )
