"""Word documents: what a reader sees, in the order in which it is read."""

import pytest

from knowledge.ingestion.extractors import extract
from knowledge.ingestion.texts import Section
from knowledge.tests.archives import NAMES, W, paragraph, word

STYLES = (
    f'<w:styles xmlns:w="{W}">'
    '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="berschrift1"/></w:style>'
    '<w:style w:styleId="Outlined"><w:name w:val="Outlined"/>'
    '<w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
    '<w:style w:styleId="Round"><w:basedOn w:val="Round"/></w:style>'
    "</w:styles>"
)
NUMBERING = (
    f'<w:numbering xmlns:w="{W}"><w:abstractNum w:abstractNumId="7">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/>'
    '</w:lvl><w:lvl w:ilvl="1"><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl>'
    '</w:abstractNum><w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0">'
    '<w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0">'
    '<w:startOverride w:val="1"/></w:lvlOverride></w:num></w:numbering>'
)


def text_of(body: str, **parts: tuple[str, str]) -> str:
    sections = extract(word(body, parts=parts), suffix=".docx").sections
    return "\n\n".join(section.text for section in sections)


def styled(name: str) -> str:
    return f'<w:pStyle w:val="{name}"/>'


def item(text: str, number: int, depth: int = 0) -> str:
    listed = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'
    return paragraph(text, listed)


def row(*texts: str, properties: str = "") -> str:
    made = "".join(f"<w:tc>{paragraph(text)}</w:tc>" for text in texts)
    return f"<w:tr><w:trPr>{properties}</w:trPr>{made}</w:tr>"


def test_headings_open_sections_by_their_styles() -> None:
    body = (
        paragraph("Before.")
        + paragraph("Shop", styled("berschrift1"))
        + paragraph("Open.")
        + paragraph("Hours", styled("Outlined"))
        + paragraph("Nine.")
        + paragraph("Other", styled("Mine"))
        + paragraph("Plain", styled("Round"))
    )
    document = word(body, title="Microsoft Word - Guide.docx", parts={"styles": ("s.xml", STYLES)})
    text = extract(document, suffix=".docx")
    assert text.title == "Guide"
    assert text.sections == (
        Section("Before.", None, ""),
        Section("# Shop\n\nOpen.", None, "Shop"),
        Section("## Hours\n\nNine.", None, "Shop › Hours"),
        Section("# Other\n\nPlain", None, "Other"),
    )


def test_a_document_without_a_title_is_called_by_its_first_heading() -> None:
    body = paragraph("Shop", styled("berschrift1"))
    document = word(body, title="Document1", parts={"styles": ("s.xml", STYLES)})
    assert extract(document, suffix=".docx").title == "Shop"


def test_lists_are_counted_as_word_counts_them() -> None:
    body = (
        item("one", 1)
        + item("a", 1, 1)
        + item("b", 1, 1)
        + item("two", 1)
        + item("a", 1, 1)
        + paragraph("Between.")
        + item("dot", 2)
        + item("again", 3)
        + item("none", 0)
        + item("unknown", 99)
    )
    assert text_of(body, numbering=("n.xml", NUMBERING)) == (
        "1. one\n  1.a) a\n  1.b) b\n2. two\n  2.a) a\n\nBetween.\n\n- dot\n1. again\n\nnone\n\n"
        "- unknown"
    )


def test_tables_are_rows_and_tables_in_them_too() -> None:
    inner = f"<w:tbl>{row('x', 'y')}</w:tbl>"
    table = (
        "<w:tbl>"
        + row("Land", "Cost", properties="<w:tblHeader/>")
        + row("Malta", "4 €")
        + f"<w:tr><w:tc>{paragraph('Italy')}</w:tc><w:tc>{inner}{paragraph('6 €')}</w:tc></w:tr>"
        + "</w:tbl>"
    )
    assert text_of(table + paragraph("After.")) == (
        "| Land | Cost |\n| --- | --- |\n| Malta | 4 € |\nItaly\n| x | y |\n6 €\n\nAfter."
    )


@pytest.mark.parametrize(
    ("run", "text"),
    [
        ("<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>", "One."),
        ("<w:ins><w:r><w:t>new</w:t></w:r></w:ins>", "One.new"),
        ("<w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom>", "One."),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>", "One."),
        ('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>shown</w:t></w:r>', "One.shown"),
        ("<w:r><w:instrText>PAGEREF _x</w:instrText></w:r>", "One."),
        ("<w:hyperlink><w:r><w:t> link</w:t></w:r></w:hyperlink>", "One. link"),
        (
            "<w:sdt><w:sdtPr/><w:sdtContent><w:r><w:t>box</w:t></w:r></w:sdtContent></w:sdt>",
            "One.box",
        ),
        ("<w:r><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t></w:r>", "One. two\nthree"),
        ("<w:r><w:t>co</w:t><w:noBreakHyphen/><w:t>op</w:t></w:r>", "One.co-op"),
        (
            "<w:ruby><w:rt><w:r><w:t>かん</w:t></w:r></w:rt><w:r><w:t>漢</w:t></w:r></w:ruby>",
            "One.漢",
        ),
    ],
)
def test_a_line_holds_what_is_shown_of_it(run: str, text: str) -> None:
    assert text_of(f"<w:p><w:r><w:t>One.</w:t></w:r>{run}</w:p>") == text


def test_boxes_of_text_are_read_once_and_after_their_paragraph() -> None:
    box = f"<w:txbxContent>{paragraph('In a box.')}</w:txbxContent>"
    drawn = (
        '<mc:AlternateContent xmlns:mc="m"><mc:Choice>'
        f"<w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
        "</mc:AlternateContent>"
    )
    assert text_of(
        f"<w:p><w:r><w:t>Before</w:t></w:r><w:r>{drawn}</w:r><w:r><w:t> it.</w:t></w:r></w:p>"
    ) == ("Before it.\n\nIn a box.")


def test_notes_headers_and_footers_come_last_and_comments_never() -> None:
    parts = {
        "footnotes": (
            "f.xml",
            f'<w:footnotes {NAMES}><w:footnote w:type="separator">{paragraph("---")}</w:footnote>'
            f"<w:footnote>{paragraph('A note.')}</w:footnote></w:footnotes>",
        ),
        "header": ("h.xml", f"<w:hdr {NAMES}>{paragraph('Orac Limited')}</w:hdr>"),
        "footer": ("g.xml", f"<w:ftr {NAMES}>{paragraph('Version 3')}</w:ftr>"),
        "comments": (
            "c.xml",
            f"<w:comments {NAMES}><w:comment>{paragraph('Really?')}</w:comment></w:comments>",
        ),
    }
    assert text_of(paragraph("Text."), **parts) == ("Text.\n\nA note.\n\nOrac Limited\n\nVersion 3")


def test_a_strict_document_is_read_as_any_other() -> None:
    names = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'
    (section,) = extract(word(paragraph("Strict."), names=names), suffix=".docx").sections
    assert section.text == "Strict."
