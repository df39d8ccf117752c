"""What documents call themselves, and which of that names them."""

import pytest

from knowledge.ingestion.extractors.titles import usable_title


@pytest.mark.parametrize(
    "candidate",
    [
        "",
        "2024",
        "about:blank",
        "Untitled",
        "untitled document",
        "(anonymous)",
        "無題",
        "Sans titre 2",
        "Document1",
        "Dokument1",
        "New document (3)",
        "Slide 1",
        "PowerPoint Presentation",
        "PowerPoint-Präsentation",
        "Présentation PowerPoint",
        "Sheet1",
        "Page 3",
        "Table of contents",
        "Just a moment...",
        "Microsoft Word",
        "Microsoft Word - Document1",
        "Microsoft Word - Dokument1.docx",
        "x.indd",
        "report.docx",
        "IMG_1234",
        "SCAN0001",
        "Scan_20230101",
        "scan 2023-01-01 12.30.11",
        "DOC-20230101-WA0001",
        "https://shop.example/terms",
        "f3b1c2d4-1111-2222-3333-444455556666",
    ],
)
def test_what_names_nothing_is_no_title(candidate: str) -> None:
    assert usable_title(candidate) == ""


@pytest.mark.parametrize(
    ("candidate", "title"),
    [
        ("  Terms\n of  sale ", "Terms of sale"),
        ("Microsoft Word - Price list 2024.docx", "Price list 2024"),
        ("Microsoft PowerPoint - The plan", "The plan"),
        ("Scan of life", "Scan of life"),
        ("Document control policy", "Document control policy"),
        ("Image rights", "Image rights"),
        ("Pages of history", "Pages of history"),
        ("Microsoft Word tips", "Microsoft Word tips"),
        ("Doc 1234 manual", "Doc 1234 manual"),
        ("価格表", "価格表"),
        ("x" * 300, "x" * 200 + "…"),
    ],
)
def test_what_names_a_document_is_its_title(candidate: str, title: str) -> None:
    assert usable_title(candidate) == title


@pytest.mark.parametrize("candidate", ["scan " * 1_000, "1" * 5_000 + "a", "doc-" + "1 " * 5_000])
def test_a_title_made_to_exhaust_takes_no_time(candidate: str) -> None:
    assert len(usable_title(candidate)) <= 201
