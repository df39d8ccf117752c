"""Presentations: each slide a page, its title first, its notes last."""

from knowledge.ingestion.extractors import extract
from knowledge.ingestion.texts import ExtractedText, Section
from knowledge.tests.archives import NAMES, opendocument, relations, shape, slides

CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"


def test_a_slide_is_a_page_under_its_title() -> None:
    deck = slides(
        shape("First point", "Second point", place="body") + shape("Our plan", place="title"),
        shape("Loose text") + shape("7", place="sldNum"),
    )
    assert extract(deck, suffix=".pptx") == ExtractedText(
        title="Our plan",
        sections=(
            Section("# Our plan\n\n- First point\n- Second point", 1, "Our plan"),
            Section("Loose text", 2, ""),
        ),
        page_count=2,
    )


def test_a_hidden_slide_is_not_read_but_counted() -> None:
    deck = slides(shape("One"), shape("Two"), shape("Three"), attributes='show="0"')
    text = extract(deck, suffix=".pptx")
    assert [(section.text, section.page) for section in text.sections] == [("One", 1), ("Three", 3)]
    assert text.page_count == 3


def test_groups_tables_and_pictures_with_words_are_read() -> None:
    cell = "<a:tc><p:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></a:tc>"
    rows = "".join(
        "<a:tr>" + "".join(cell.format(word) for word in row) + "</a:tr>"
        for row in (("Land", "Cost"), ("Malta", "4 €"))
    )
    tree = (
        f"<p:grpSp>{shape('In a group')}</p:grpSp>"
        f'<p:graphicFrame><a:tbl><a:tblPr firstRow="1"/>{rows}</a:tbl></p:graphicFrame>'
        '<p:pic><p:cNvPr descr="A map of Malta AI-generated content may be incorrect."/></p:pic>'
        '<p:pic><p:cNvPr descr="image7.png"/></p:pic>'
    )
    (section,) = extract(slides(tree), suffix=".pptx").sections
    assert section.text == (
        "In a group\n\n| Land | Cost |\n| --- | --- |\n| Malta | 4 € |\n\nA map of Malta"
    )


def test_charts_and_notes_stand_behind_their_slide() -> None:
    def points(*values: str) -> str:
        return "".join(f'<c:pt idx="{at}"><c:v>{v}</c:v></c:pt>' for at, v in enumerate(values))

    chart = (
        f'<c:chartSpace {NAMES} xmlns:c="{CHART}"><c:chart><c:title><a:t>Sales</a:t></c:title>'
        f"<c:ser><c:tx>{points('Ships')}</c:tx><c:cat>{points('Q1', 'Q2')}</c:cat>"
        f"<c:val>{points('10', '20')}</c:val></c:ser></c:chart></c:chartSpace>"
    )
    notes = f"<p:notes {NAMES}><p:cSld><p:spTree>{shape('Say it slowly.', place='body')}"
    deck = slides(
        shape("Figures"),
        parts={
            "ppt/slides/_rels/slide1.xml.rels": relations(
                ("chart", "../charts/c.xml"), ("notesSlide", "../notes/n.xml")
            ),
            "ppt/charts/c.xml": chart,
            "ppt/notes/n.xml": f"{notes}</p:spTree></p:cSld></p:notes>",
        },
    )
    (section,) = extract(deck, suffix=".pptx").sections
    assert section.text == (
        "Figures\n\nSales\n\n"
        "|  | Ships |\n| --- | --- |\n| Q1 | 10 |\n| Q2 | 20 |\n\nSay it slowly."
    )


def test_slides_of_opendocument_are_pages_too() -> None:
    deck = opendocument(
        "presentation",
        '<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>Plan</text:p>'
        "</draw:text-box></draw:frame><draw:frame><draw:text-box><text:list><text:list-item>"
        "<text:p>one</text:p></text:list-item><text:list-item><text:p>two</text:p>"
        "</text:list-item></text:list></draw:text-box></draw:frame><presentation:notes>"
        '<draw:frame presentation:class="notes"><draw:text-box><text:p>Slowly.</text:p>'
        "</draw:text-box></draw:frame></presentation:notes></draw:page>",
    )
    assert extract(deck, suffix=".odp") == ExtractedText(
        title="Plan",
        sections=(Section("# Plan\n\n- one\n- two\n\nSlowly.", 1, "Plan"),),
        page_count=1,
    )
