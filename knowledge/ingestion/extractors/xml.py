"""XML of any kind: feeds as entries with headings, all other as its text, element by element."""

from __future__ import annotations

from knowledge.ingestion.extractors.containers import damaged
from knowledge.ingestion.extractors.html import read_into
from knowledge.ingestion.extractors.markup import (
    Element,
    attribute,
    child,
    children,
    name_of,
    parse_or_none,
)
from knowledge.ingestion.extractors.prose import Writer
from knowledge.ingestion.extractors.titles import usable_title
from knowledge.ingestion.texts import ExtractedText

_FEEDS = ("rss", "RDF", "feed")
_ENTRIES = ("item", "entry")
_BODIES = ("encoded", "content", "description", "summary")


def extract(data: bytes) -> ExtractedText:
    """Return the text of a feed or of another XML file. Raises Unreadable ("damaged")."""
    root = parse_or_none(data)
    if root is None:
        raise damaged()
    writer = Writer()
    title = ""
    if name_of(root) in _FEEDS:
        title = _read_feed(writer, root)
    else:
        for element in root:
            _read_any(writer, element)
            writer.end_block()
    return ExtractedText(
        title=title or usable_title(writer.outline.title),
        sections=writer.outline.finish(),
        page_count=None,
    )


def _read_feed(writer: Writer, root: Element) -> str:
    """Read each entry under its title, and return the title of the feed."""
    channel = child(root, "channel")
    feed = root if channel is None else channel
    title = _text(child(feed, "title"))
    writer.outline.add_heading(1, title)
    for place in (feed, root) if channel is not None else (feed,):
        for name in _ENTRIES:
            for entry in children(place, name):
                _read_entry(writer, entry)
    return usable_title(title)


def _read_entry(writer: Writer, entry: Element) -> None:
    writer.outline.add_heading(2, _text(child(entry, "title")))
    bodies = (child(entry, name) for name in _BODIES)
    body = next((found for found in bodies if found is not None and _text(found)), None)
    if body is None:
        return
    if attribute(body, "type") == "xhtml":
        _read_any(writer, body)
    else:
        read_into(writer, _text(body))
    writer.end_block()


def _read_any(writer: Writer, element: Element) -> None:
    """Read the text of ``element``, a line for each element below that has some."""
    writer.write(element.text or "")
    for below in element:
        if name_of(below):  # else it is an entity, which stays unknown
            writer.end_line()
            _read_any(writer, below)
        writer.write(below.tail or "")
    writer.end_line()


def _text(element: Element | None) -> str:
    if element is None:
        return ""
    return "".join(str(text) for text in element.itertext()).strip()
