"""Files as people have them: what must come out of each, and what must not."""

import json
import unicodedata
from pathlib import PurePath

import pytest

from askorac.testing import eval_data
from knowledge.ingestion.extractors import extract
from knowledge.ingestion.split import split
from knowledge.ingestion.texts import ExtractedText, Unreadable
from knowledge.tests.covering import covers

# Each with its own title, "" if it has none, and the number of its pages.
READ = (
    ("debian_debian-faq.fr.pdf", "La FAQ Debian GNU/Linux", 75),
    ("debian_debian-policy.pdf", "Debian Policy Manual", 193),
    ("debian_maint-guide.en.pdf", "Debian New Maintainers' Guide", 63),
    ("docling_amt_handbook_sample.pdf", "AMT General Handbook", 1),
    ("docling_code_and_formula.pdf", "JavaScript Code Example", 2),
    ("docling_multi_page.pdf", "The Evolution of the Word Processor", 5),
    ("docling_normal_4pages.pdf", "코로나-19 관련 보험약관상 재해보험금 지급문제 및 개선과제", 4),
    ("markitdown_RECEIPT-2024-TXN-98765_retail_purchase.pdf", "TECHMART ELECTRONICS", 1),
    ("markitdown_REPAIR-2022-INV-001_multipage.pdf", "ZAVA AUTO REPAIR", 3),
    ("markitdown_SPARSE-2024-INV-1234_borderless_table.pdf", "INVENTORY RECONCILIATION REPORT", 2),
    ("markitdown_movie-theater-booking-2024.pdf", "STARLIGHT CINEMAS Orders", 1),
    ("markitdown_test.pdf", "", 1),
    ("pypdf_GeoTopo-komprimiert.pdf", "Geometrie und Topologie", 117),
    ("pypdf_crazyones-pdfa.pdf", "The Crazy Ones", 1),
    ("pypdf_google-doc-document.pdf", "PDF Example Document", 1),
    ("pypdf_libreoffice-form.pdf", "Example for a Form", 1),
    ("pypdf_minimal-document.pdf", "", 1),
    ("pypdf_multicolumn.pdf", "Two-Column Document with Lorem Ipsum", 3),
    ("pypdf_pdflatex-4-pages.pdf", "", 4),
    ("pypdf_pdflatex-forms.pdf", "", 1),
    ("pypdf_pdflatex-outline.pdf", "", 4),
    ("pypdf_with-attachment.pdf", "", 1),
    ("docling_duck.md", "Swimming in the lake", None),
    ("docling_nested.md", "Nesting", None),
    ("docling_wiki.md", "IBM", None),
    ("python_faq_general.md", "General Python FAQ", None),
    ("docling_html_rich_table_cells.html", "Rich Table Cells in HTML", None),
    ("docling_kvp_data_example.html", "Restaurant Receipt Form", None),
    ("docling_table_06.html", "Header", None),
    ("docling_wiki_duck.html", "Duck - Wikipedia", None),
    (
        "markitdown_test_blog.html",
        "Does Model and Inference Parameter Matter in LLM Applications? - A Case Study for MATH | "
        "AutoGen",
        None,
    ),
    ("markitdown_test_wikipedia.html", "Microsoft - Wikipedia", None),
    ("enc_cp1252_de.txt", "", None),
    ("enc_sjis_ja.txt", "", None),
    ("enc_utf16le_bom_it.txt", "", None),
    ("enc_utf8_en.txt", "", None),
    ("enc_utf8bom_fr.txt", "", None),
)
pytestmark = pytest.mark.eval_data
REFUSED = (
    ("markitdown_scan_no_text_layer.pdf", "scanned"),
    ("pypdf_cmyk-image.pdf", "scanned"),
    ("random.bin", "unsupported"),
)
OURS = ("pdf", "md", "html", "txt")


def manifest() -> dict[str, dict[str, list[str]]]:
    entries = json.loads(eval_data.require("files_manifest.json").read_text(encoding="utf-8"))
    return {PurePath(entry["file"]).name: entry for entry in entries["files"]}


def read(name: str) -> ExtractedText:
    data = eval_data.require(f"files/{name}").read_bytes()
    return extract(data, suffix=PurePath(name).suffix)


def compact(text: str) -> str:
    """Letters and digits alone: how a page is set makes no difference."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(letter for letter in folded if letter.isalnum())


@pytest.mark.parametrize(("name", "title", "page_count"), READ)
def test_a_sample_is_read_whole(name: str, title: str, page_count: int | None) -> None:
    expected = manifest()[name]
    text = read(name)
    found = compact("".join(section.text for section in text.sections))
    assert (text.title, text.page_count) == (title, page_count)
    assert [words for words in expected["must_contain"] if compact(words) not in found] == []
    assert [words for words in expected["must_not_contain"] if compact(words) in found] == []


@pytest.mark.parametrize(("name", "title", "page_count"), READ)
def test_the_pieces_of_a_sample_hold_all_of_it(
    name: str, title: str, page_count: int | None
) -> None:
    sections = read(name).sections
    pieces = split(sections)
    assert [piece.ordinal for piece in pieces] == list(range(len(pieces)))
    assert covers(pieces, "".join(section.text for section in sections))


@pytest.mark.parametrize(("name", "code"), REFUSED)
def test_a_sample_without_text_is_refused(name: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(name)
    assert refused.value.code == code


def test_no_sample_of_our_formats_is_left_out() -> None:
    samples = {name for name, entry in manifest().items() if entry["type"] in OURS}
    assert samples == {name for name, *_ in (*READ, *REFUSED)} - {"random.bin"}
