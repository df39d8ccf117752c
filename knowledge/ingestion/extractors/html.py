"""HTML: what stands on the page to be read, without scripts, controls and menus."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

from knowledge.ingestion.extractors.decoding import decode
from knowledge.ingestion.extractors.hiding import is_hidden, is_named_folded, pointed_in
from knowledge.ingestion.extractors.prose import Writer
from knowledge.ingestion.extractors.titles import usable_title
from knowledge.ingestion.texts import ExtractedText

_DECLARED = re.compile(
    rb"""<meta[^<>]{0,500}?charset\s*=\s*["']?\s*([\w-]+)|<\?xml[^<>]{0,200}?encoding\s*=\s*["']([\w-]+)""",
    re.IGNORECASE,
)
_HEAD_BYTES = 8192
_FED_BYTES = 1024 * 1024

_UNREAD = {
    *("script", "style", "noscript", "template", "svg", "math", "canvas", "audio", "video", "map"),
    *("iframe", "object", "embed", "applet", "dialog"),
    *("button", "input", "select", "datalist", "textarea", "label"),
}
_UNREAD_CLASSES = {"noprint", "mw-editsection"}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "center", "div", "fieldset", "figure"),
    *("figcaption", "footer", "form", "header", "hgroup", "hr", "legend", "main", "nav", "p"),
    *("section", "details", "summary", "dl", "dt", "dd"),
}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = {"ul", "ol", "menu", "dir"}
_INDENT = "  "
_DEEPEST_INDENT = 6
_DEEPEST_TABLE = 8
_LONGEST_TITLE = 1_000
_LONGEST_CLASS = 1_000


def extract(data: bytes) -> ExtractedText:
    """Return the text of a page, a section for each heading; its title is that of the window."""
    writer = Writer()
    title = read_into(writer, decode_page(data))
    return ExtractedText(
        title=title or usable_title(writer.outline.title),
        sections=writer.outline.finish(),
        page_count=None,
    )


def decode_page(data: bytes, charset: str = "") -> str:
    """Return the markup of a page, whose ``charset`` may be known, or else stand in it."""
    declared = _DECLARED.search(data[:_HEAD_BYTES])
    inside = (declared[1] or declared[2]).decode() if declared else ""
    return decode(data, declared=charset or inside)


def read_into(writer: Writer, page: str) -> str:
    """Write what a page says, and return its title, or "" if that names nothing."""
    reader = _Reader(writer, pointed_in(page))
    data = page.replace("\0", "").encode("utf-8", "replace").strip()
    if not data:
        return ""
    # A parser with a target builds no tree, so depth and size cost no memory.
    parser = etree.HTMLParser(target=reader, encoding="utf-8", huge_tree=True)
    for start in range(0, len(data), _FED_BYTES):
        parser.feed(data[start : start + _FED_BYTES])
    parser.close()
    return usable_title(reader.title)


class _Reader:
    """Is told by the parser what begins, what is written and what ends."""

    def __init__(self, writer: Writer, pointed: frozenset[str]) -> None:
        self.writer = writer
        self._pointed = pointed  # the ids of what something on the page may open
        self.title = ""
        self._is_title = False
        self._unread_depth = 0
        self._menu_depth = 0
        self._details_depth = 0
        self._verbatim_depth = 0
        self._table_depth = 0
        self._lists: list[int | None] = []  # the last number in each that is open, if it counts

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take the beginning of an element."""
        if self._unread_depth or self._is_unread(tag, attributes) or self._is_gone(tag, attributes):
            self._unread_depth += 1
            return
        if self._menu_depth or tag == "nav" or attributes.get("role") == "navigation":
            self._menu_depth += 1
        if tag == "title":
            self._is_title = True
        elif tag in _LISTS:
            self._begin_list(tag)
        elif tag == "li":
            self._begin_item()
        elif tag in _HEADINGS:
            self.writer.end_block()
        else:
            self._begin_other(tag)

    def data(self, text: str) -> None:
        """Take text."""
        if self._unread_depth:
            return
        if self._is_title:
            self.title += text[:_LONGEST_TITLE]
        elif self._verbatim_depth:
            self.writer.write_verbatim(text)
        else:
            self.writer.write(text)

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        if self._unread_depth:
            self._unread_depth -= 1
            return
        if tag == "title":
            self._is_title = False
        elif tag in _HEADINGS and not self._menu_depth:
            self.writer.end_heading(_HEADINGS[tag])
        elif tag in _LISTS:
            self._end_list()
        else:
            self._end_other(tag)
        self._menu_depth = max(0, self._menu_depth - 1)

    def close(self) -> None:
        """Take the end of the page."""
        self.writer.end_block()

    def _is_unread(self, tag: str, attributes: Mapping[str, str]) -> bool:
        if tag in _UNREAD:
            return True
        if (tag == "li" and self._menu_depth) or (tag == "a" and self._menu_depth == 1):
            return True
        return not _UNREAD_CLASSES.isdisjoint(attributes.get("class", "")[:_LONGEST_CLASS].split())

    def _is_gone(self, tag: str, attributes: Mapping[str, str]) -> bool:
        """Tell whether the page hides an element for good, not until somebody clicks."""
        if tag == "body" or not is_hidden(attributes):
            return False
        is_folded = self._details_depth > 0 or attributes.get("id") in self._pointed
        return not is_folded and not is_named_folded(attributes)

    def _begin_other(self, tag: str) -> None:
        if tag == "br":
            self._break_line()
        elif tag == "pre":
            self._begin_code()
        elif tag == "table":
            self._part()
            self._table_depth += 1
        elif tag == "tr" and self._table_depth <= _DEEPEST_TABLE:
            self.writer.begin_row()
        elif tag in ("td", "th") and self._table_depth <= _DEEPEST_TABLE:
            self.writer.begin_cell(is_heading=tag == "th")
        elif tag in _BLOCKS:
            self._details_depth += tag == "details"
            self._part()

    def _end_other(self, tag: str) -> None:
        if tag == "pre":
            self._end_code()
        elif tag == "table":
            self._table_depth = max(0, self._table_depth - 1)
            self._part()
        elif tag == "tr" and self._table_depth <= _DEEPEST_TABLE:
            self.writer.end_row()
        elif tag in _BLOCKS:
            self._details_depth = max(0, self._details_depth - (tag == "details"))
            self._part()

    def _part(self) -> None:
        """End what stands before: the paragraph, or only a line in a list or a table."""
        if self._lists or self._table_depth:
            self.writer.end_line()
        else:
            self.writer.end_block()

    def _break_line(self) -> None:
        if self._verbatim_depth:
            self.writer.write_verbatim("\n")
        else:
            self.writer.end_line()

    def _begin_code(self) -> None:
        if not self._verbatim_depth:
            self._part()
            self.writer.begin_code()
        self._verbatim_depth += 1

    def _end_code(self) -> None:
        self._verbatim_depth = max(0, self._verbatim_depth - 1)
        if not self._verbatim_depth:
            self.writer.end_code()
            self._part()

    def _begin_list(self, tag: str) -> None:
        self._part()
        self._lists.append(0 if tag == "ol" else None)

    def _end_list(self) -> None:
        if self._lists:
            self._lists.pop()
        self._part()

    def _begin_item(self) -> None:
        indent = _INDENT * min(len(self._lists) - 1, _DEEPEST_INDENT)
        number = self._lists[-1] if self._lists else None
        if number is None:
            self.writer.begin_item(f"{indent}- ")
        else:
            self._lists[-1] = number + 1
            self.writer.begin_item(f"{indent}{number + 1}. ")
