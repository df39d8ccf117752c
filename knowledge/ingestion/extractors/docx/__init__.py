"""Word documents: headings by their styles, lists with their numbers, boxes, notes and tables."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.ingestion.extractors import charts
from knowledge.ingestion.extractors.docx.body import Body
from knowledge.ingestion.extractors.docx.numbering import Numbering
from knowledge.ingestion.extractors.docx.styles import Styles
from knowledge.ingestion.extractors.markup import Element, all_text, attribute, child, children
from knowledge.ingestion.extractors.office import Package
from knowledge.ingestion.extractors.prose import Writer
from knowledge.ingestion.extractors.titles import usable_title
from knowledge.ingestion.texts import ExtractedText

_SEPARATORS = {"separator", "continuationSeparator", "continuationNotice"}


def extract(data: bytes) -> ExtractedText:
    """Return the text of a Word document, a section for each heading.

    What stands at the edge of its pages comes last: notes, charts, headers and footers, each once.
    Comments and deleted text are left out. Raises Unreadable.
    """
    package = Package(data)
    main = package.main_part()
    styles = Styles(package.related(main, "styles"))
    writer = Writer()
    body = Body(writer, styles, Numbering(package.related(main, "numbering")))
    body.read(_body_of(package.tree(main)))
    for kind, name in (("footnotes", "footnote"), ("endnotes", "endnote")):
        for part in package.related(main, kind):
            body.read_each(_shown_notes(children(part, name)))
    charts.write_charts(writer, package.related(main, "chart"))
    charts.write_diagrams(writer, package.related(main, "diagramData"))
    edges = [*package.related(main, "header"), *package.related(main, "footer")]
    body.read_each({all_text(edge): edge for edge in edges}.values())
    return ExtractedText(
        title=package.title() or usable_title(writer.outline.title),
        sections=writer.outline.finish(),
        page_count=None,
    )


def _body_of(document: Element) -> Element:
    body = child(document, "body")
    return document if body is None else body


def _shown_notes(notes: Iterable[Element]) -> Iterable[Element]:
    """Leave out the notes that only draw the line above the others."""
    return (note for note in notes if attribute(note, "type") not in _SEPARATORS)
