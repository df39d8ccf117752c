"""A web page as its reader means it: the main text, without navigation, notices and adverts.

Which words are the main text is trafilatura's guess; how they are set, with headings, lists and
tables, is read by ourselves, and so are the stretches between that the guess leaves out.
"""

from __future__ import annotations

import re

from lxml import etree, html

from knowledge.ingestion.extractors.html import decode_page, read_into
from knowledge.ingestion.extractors.page.choosing import Block, choose
from knowledge.ingestion.extractors.page.pruning import link_texts, prune
from knowledge.ingestion.extractors.page.words import compact, main_words
from knowledge.ingestion.extractors.prose import Writer
from knowledge.ingestion.extractors.sections import Outline
from knowledge.ingestion.extractors.titles import usable_title
from knowledge.ingestion.texts import ExtractedText

_TOP_LEVEL = 1
_BETWEEN_PARTS = re.compile(r"\s[|–—·»:-]\s")
_MOST_OF_TITLE = 0.5
# A page with more markup is no article, and a tree of it takes too much memory.
_LONGEST_PAGE = 3_000_000


def extract(data: bytes, charset: str = "") -> ExtractedText:
    """Return the main text of a page, whose ``charset`` a server may have told.

    Its title stands in the text too, if no heading says it. Raises Unreadable ("damaged").
    """
    page = decode_page(data, charset)
    title, blocks = _main_blocks(page) if len(page) <= _LONGEST_PAGE else ("", [])
    if not blocks:
        return _whole(page)
    outline = Outline()
    top = next((block.text for block in blocks if block.level == _TOP_LEVEL), "")
    if title and not _says(title, top):
        outline.add_heading(_TOP_LEVEL, title)
    for block in blocks:
        if block.level:
            outline.add_heading(block.level, block.text)
        else:
            outline.add_block(block.text)
    return ExtractedText(
        title=title or usable_title(top), sections=outline.finish(), page_count=None
    )


def _main_blocks(page: str) -> tuple[str, list[Block]]:
    tree = _tree(page)
    if tree is None:
        return "", []
    prune(tree)
    blocks = _Blocks()
    title = read_into(
        Writer(blocks), etree.tostring(tree, encoding="unicode", method="html", with_tail=False)
    )
    return title, choose(blocks.found, words=main_words(tree), links=link_texts(tree))


def _tree(page: str) -> html.HtmlElement | None:
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(
            page.replace("\0", "").encode("utf-8", "replace"), parser=parser
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _whole(page: str) -> ExtractedText:
    writer = Writer()
    title = read_into(writer, page)
    return ExtractedText(
        title=title or usable_title(writer.outline.title),
        sections=writer.outline.finish(),
        page_count=None,
    )


def _says(title: str, heading: str) -> bool:
    """Tell whether a heading says what the title of the window says, beside the site's name."""
    said = compact(heading)
    parts = [compact(part) for part in _BETWEEN_PARTS.split(title)]
    return any(
        part in said or (said in part and len(said) > len(part) * _MOST_OF_TITLE)
        for part in parts
        if part and said
    )


class _Blocks(Outline):
    """Keeps headings and blocks apart, so that some of them can be left out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Block] = []

    def add_heading(self, level: int, text: str) -> None:
        """Take a heading."""
        heading = " ".join(text.split())
        if heading:
            self.found.append(Block(text=heading, level=level))

    def add_block(self, text: str) -> None:
        """Take a paragraph, a list, a table or a stretch of code."""
        if text.strip():
            self.found.append(Block(text=text.strip("\n"), level=0))
