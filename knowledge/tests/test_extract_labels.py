"""A file is what its bytes say; a name that says something else is told, with what to do."""

import io
import os
import zipfile

import pytest

from knowledge.ingestion.extractors import extract
from knowledge.ingestion.texts import Unreadable
from knowledge.tests.pdfs import make_pdf, text_at

PDF = make_pdf(text_at(72, 700, "Hello."))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
PROGRAM = b"MZ\x90\x00" + bytes(500)
PAGE = b"<!doctype html><title>x</title><p>Hello."
RTF = b"{\\rtf1 hello}"
RANDOM = os.urandom(4096)


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 100)
    return out.getvalue()


WORD = zipped("[Content_Types].xml", "word/document.xml")
ZIP = zipped("a", "b")


def refusal(data: bytes, suffix: str) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        extract(data, suffix=suffix)
    return refused.value


def otherwise(what: str) -> str:
    return f"{what} Upload it as PDF, plain text, Markdown or HTML instead."


def rename(what: str, ending: str) -> str:
    return f"{what} Rename it so that it ends in {ending}, and upload it again."


@pytest.mark.parametrize(
    ("data", "suffix", "sentence"),
    [
        (PNG, ".pdf", otherwise("This file ends in .pdf, but it is a PNG picture.")),
        (PROGRAM, ".md", otherwise("This file ends in .md, but it is a program.")),
        (WORD, ".txt", otherwise("This file ends in .txt, but it is a Word document.")),
        (ZIP, ".html", otherwise("This file ends in .html, but it is a ZIP archive.")),
        (RTF, ".txt", otherwise("This file ends in .txt, but it is an RTF document.")),
        (RANDOM, ".txt", otherwise("This file ends in .txt, but it is not text.")),
        (RANDOM, ".html", otherwise("This file ends in .html, but it is not text.")),
        (RANDOM, ".md", otherwise("This file ends in .md, but it is not text.")),
        (PDF, ".html", rename("This file ends in .html, but it is a PDF.", ".pdf")),
        (PDF, ".docx", rename("This file ends in .docx, but it is a PDF.", ".pdf")),
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
        (WORD, ".docx", "Files that end in .docx cannot be read. Upload this as"),
        (b"a,b\n1,2\n", ".csv", "Files that end in .csv cannot be read. Upload this as"),
        (PNG, "", "This file is a PNG picture. Files of that kind cannot be read: upload it as"),
    ],
)
def test_a_format_that_is_not_read_is_unsupported(data: bytes, suffix: str, sentence: str) -> None:
    refused = refusal(data, suffix)
    assert refused.code == "unsupported"
    assert refused.sentence == f"{sentence} PDF, plain text, Markdown or HTML instead."


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
