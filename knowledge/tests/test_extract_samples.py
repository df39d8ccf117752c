"""Files as people have them: what must come out of each, and what must not."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import PurePath
from typing import Any

import pytest

from askorac.testing import eval_data
from knowledge.ingestion.extract import extract_file
from knowledge.ingestion.split import split
from knowledge.ingestion.texts import ExtractedText, Unreadable
from knowledge.tests.covering import compact, covers

pytestmark = pytest.mark.eval_data

# Each with its title, which is the file's name if it has none of its own, and its pages.
READ = (
    ("debian_debian-faq.fr.pdf", "La FAQ Debian GNU/Linux", 75),
    ("debian_debian-policy.pdf", "Debian Policy Manual", 193),
    ("debian_developers-reference.epub", "developers-reference", None),
    ("debian_maint-guide.en.pdf", "Debian New Maintainers' Guide", 63),
    ("docling_Strict.docx", "docling Strict", None),
    ("docling_amt_handbook_sample.pdf", "AMT General Handbook", 1),
    ("docling_code_and_formula.pdf", "JavaScript Code Example", 2),
    ("docling_csv-comma.csv", "docling csv-comma", None),
    ("docling_csv-semicolon.csv", "docling csv-semicolon", None),
    ("docling_csv-tab.csv", "docling csv-tab", None),
    ("docling_docx_lists.docx", "Test Document", None),
    ("docling_docx_rich_cells.docx", "Table with rich cells", None),
    ("docling_duck.md", "Swimming in the lake", None),
    ("docling_eml_simple.eml", "Simple Email", None),
    ("docling_epub_purvis_poetry.epub", "Poetry", None),
    ("docling_html_rich_table_cells.html", "Rich Table Cells in HTML", None),
    ("docling_kvp_data_example.html", "Restaurant Receipt Form", None),
    ("docling_lorem_ipsum.docx", "docling lorem ipsum", None),
    ("docling_multi_page.pdf", "The Evolution of the Word Processor", 5),
    ("docling_nested.md", "Nesting", None),
    ("docling_normal_4pages.pdf", "코로나-19 관련 보험약관상 재해보험금 지급문제 및 개선과제", 4),
    ("docling_odf_presentation_01.odp", "Test Table Slide", 3),
    ("docling_odf_table_with_title_01.ods", "docling odf table with title 01", None),
    ("docling_powerpoint_sample.pptx", "Test Table Slide", 3),
    ("docling_powerpoint_with_image.pptx", "Docling", 1),
    ("docling_pptx_chart.pptx", "Quarterly Duck Survey", 2),
    ("docling_table_06.html", "Header", None),
    ("docling_tablecell.docx", "docling tablecell", None),
    ("docling_text_document_01.odt", "heading level 1.0", None),
    ("docling_text_document_03.odt", "Table with rich cells", None),
    ("docling_textbox.docx", "傳染病通報作業流程", None),
    ("docling_unit_test_headers_numbered.docx", "Test Document", None),
    ("docling_wiki.md", "IBM", None),
    ("docling_wiki_duck.html", "Duck - Wikipedia", None),
    ("docling_word_sample.docx", "Swimming in the lake", None),
    ("docling_word_tables.docx", "Test with tables", None),
    ("docling_xlsx_01.xlsx", "docling xlsx 01", None),
    ("docling_xlsx_05_table_with_title.xlsx", "Wild Duck Observations", None),
    ("docling_xlsx_comments.xlsx", "docling xlsx comments", None),
    ("enc_cp1252_de.txt", "enc cp1252 de", None),
    ("enc_sjis_ja.txt", "enc sjis ja", None),
    ("enc_utf16le_bom_it.txt", "enc utf16le bom it", None),
    ("enc_utf8_en.txt", "enc utf8 en", None),
    ("enc_utf8bom_fr.txt", "enc utf8bom fr", None),
    ("markitdown_RECEIPT-2024-TXN-98765_retail_purchase.pdf", "TECHMART ELECTRONICS", 1),
    ("markitdown_REPAIR-2022-INV-001_multipage.pdf", "ZAVA AUTO REPAIR", 3),
    ("markitdown_SPARSE-2024-INV-1234_borderless_table.pdf", "INVENTORY RECONCILIATION REPORT", 2),
    ("markitdown_movie-theater-booking-2024.pdf", "STARLIGHT CINEMAS Orders", 1),
    ("markitdown_rlink.docx", "markitdown rlink", None),
    (
        "markitdown_test.docx",
        "AutoGen: Enabling Next-Gen LLM Applications via Multi-Agent Conversation",
        None,
    ),
    ("markitdown_test.epub", "Test EPUB Document", None),
    ("markitdown_test.json", "markitdown test", None),
    ("markitdown_test.pdf", "markitdown test", 1),
    (
        "markitdown_test.pptx",
        "AutoGen: Enabling Next-Gen LLM Applications via Multi-Agent Conversation",
        6,
    ),
    ("markitdown_test.xls", "markitdown test", None),
    ("markitdown_test.xlsx", "markitdown test", None),
    (
        "markitdown_test_blog.html",
        "Does Model and Inference Parameter Matter in LLM Applications? - A Case Study for MATH | "
        "AutoGen",
        None,
    ),
    ("markitdown_test_mskanji.csv", "markitdown test mskanji", None),
    ("markitdown_test_notebook.ipynb", "Test Notebook", None),
    ("markitdown_test_rss.xml", "The Official Microsoft Blog", None),
    ("markitdown_test_wikipedia.html", "Microsoft - Wikipedia", None),
    (
        "markitdown_test_with_comment.docx",
        "AutoGen: Enabling Next-Gen LLM Applications via Multi-Agent Conversation",
        None,
    ),
    ("pypdf_GeoTopo-komprimiert.pdf", "Geometrie und Topologie", 117),
    ("pypdf_crazyones-pdfa.pdf", "The Crazy Ones", 1),
    ("pypdf_google-doc-document.pdf", "PDF Example Document", 1),
    ("pypdf_libreoffice-form.pdf", "Example for a Form", 1),
    ("pypdf_minimal-document.pdf", "pypdf minimal-document", 1),
    ("pypdf_multicolumn.pdf", "Two-Column Document with Lorem Ipsum", 3),
    ("pypdf_pdflatex-4-pages.pdf", "pypdf pdflatex-4-pages", 4),
    ("pypdf_pdflatex-forms.pdf", "pypdf pdflatex-forms", 1),
    ("pypdf_pdflatex-outline.pdf", "pypdf pdflatex-outline", 4),
    ("pypdf_with-attachment.pdf", "pypdf with-attachment", 1),
    ("python_faq_general.md", "General Python FAQ", None),
)
REFUSED = (
    ("markitdown_test_outlook_msg.msg", "unsupported"),
    ("markitdown_scan_no_text_layer.pdf", "scanned"),
    ("random.bin", "unsupported"),
    ("docling_legacy_sample.doc", "unsupported"),
    ("pypdf_cmyk-image.pdf", "scanned"),
)


def manifest() -> list[dict[str, Any]]:
    path = eval_data.require("files_manifest.json")
    entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["files"]
    return entries


@cache
def outcomes() -> dict[str, ExtractedText | Unreadable]:
    """What the child made of each sample, by its name."""
    names = [PurePath(entry["file"]).name for entry in manifest()]
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(names, pool.map(outcome, names), strict=True))


def outcome(name: str) -> ExtractedText | Unreadable:
    try:
        return extract_file([eval_data.require(f"files/{name}").read_bytes()], filename=name)
    except Unreadable as refusal:
        return refusal


def read() -> dict[str, ExtractedText]:
    return {name: text for name, text in outcomes().items() if isinstance(text, ExtractedText)}


def whole(text: ExtractedText) -> str:
    return "\n\n".join(section.text for section in text.sections)


def test_every_sample_gives_what_it_must_and_nothing_else() -> None:
    texts = {name: compact(whole(text)) for name, text in read().items()}
    for entry in manifest():
        name = PurePath(entry["file"]).name
        if "text" not in entry["expect"].split("|"):
            assert name not in texts
        elif name not in texts:
            assert "error" in entry["expect"].split("|")
        else:
            missing = [one for one in entry["must_contain"] if compact(one) not in texts[name]]
            unwanted = [one for one in entry["must_not_contain"] if compact(one) in texts[name]]
            assert (name, missing, unwanted) == (name, [], [])


def test_samples_have_the_titles_and_pages_that_a_person_would_give_them() -> None:
    found = [(name, text.title, text.page_count) for name, text in sorted(read().items())]
    assert found == list(READ)


def test_samples_that_cannot_be_read_are_refused_with_a_sentence() -> None:
    refused = {
        name: refusal for name, refusal in outcomes().items() if isinstance(refusal, Unreadable)
    }
    assert {name: refusal.code for name, refusal in refused.items()} == dict(REFUSED)
    assert [name for name, refusal in refused.items() if not refusal.sentence.endswith(".")] == []


def test_the_pieces_of_every_sample_hold_all_of_it() -> None:
    for name, text in read().items():
        pieces = split(text.sections)
        assert [piece.ordinal for piece in pieces] == list(range(len(pieces))), name
        assert covers(pieces, "".join(section.text for section in text.sections)), name
