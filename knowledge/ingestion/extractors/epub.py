"""E-books: their chapters in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from knowledge.ingestion.extractors.cleaning import one_line
from knowledge.ingestion.extractors.containers import Container, damaged, encrypted, resolve
from knowledge.ingestion.extractors.html import decode_page, read_into
from knowledge.ingestion.extractors.markup import (
    Element,
    attribute,
    child,
    children,
    descendants,
    parse,
    parse_or_none,
)
from knowledge.ingestion.extractors.prose import Writer
from knowledge.ingestion.extractors.titles import usable_title
from knowledge.ingestion.texts import ExtractedText

_DIRECTORY = "META-INF/container.xml"
_LOCKS = "META-INF/encryption.xml"
_PAGES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/x-dtbook+xml")
_CONTENTS = "nav"  # the property of the page that only lists the chapters


def extract(data: bytes) -> ExtractedText:
    """Return the text of an e-book, its description first. Raises Unreadable."""
    container = Container(data)
    name = _package_name(container)
    package = parse(container.read(name))
    chapters = list(_chapters(package, name))
    if not _locked(container).isdisjoint(chapters):
        raise encrypted()
    writer = Writer()
    writer.outline.add_block(one_line(_told(package, "description")))
    for chapter in chapters:
        read_into(writer, decode_page(container.read(chapter)))
        writer.end_block()
    title = usable_title(_told(package, "title")) or usable_title(writer.outline.title)
    return ExtractedText(title=title, sections=writer.outline.finish(), page_count=None)


def _package_name(container: Container) -> str:
    directory = parse(container.read(_DIRECTORY))
    for entry in descendants(directory, "rootfile"):
        name = resolve("", attribute(entry, "full-path"))
        if name in container:
            return name
    raise damaged()


def _chapters(package: Element, name: str) -> Iterator[str]:
    """Yield the names of the pages in the order of reading, each once."""
    manifest, spine = child(package, "manifest"), child(package, "spine")
    if manifest is None or spine is None:
        raise damaged()
    items = {attribute(item, "id"): item for item in children(manifest, "item")}
    seen: set[str] = set()
    for entry in children(spine, "itemref"):
        item = items.get(attribute(entry, "idref"))
        if item is None or attribute(item, "media-type") not in _PAGES:
            continue
        target = resolve(name, attribute(item, "href"))
        if target not in seen and _CONTENTS not in attribute(item, "properties").split():
            seen.add(target)
            yield target


def _locked(container: Container) -> set[str]:
    """Return the names of the members that are encrypted: fonts often are, chapters seldom."""
    locks = parse_or_none(container.read(_LOCKS))
    entries = descendants(locks, "CipherReference") if locks is not None else ()
    return {resolve("", attribute(entry, "URI")) for entry in entries}


def _told(package: Element, name: str) -> str:
    found = next(descendants(package, name), None)
    if found is None:
        return ""
    text = str(etree.tostring(found, method="text", encoding="unicode", with_tail=False))
    return text if "<" not in text else _plain(text)


def _plain(markup: str) -> str:
    writer = Writer()
    read_into(writer, markup)
    return " ".join(section.text for section in writer.outline.finish())
