"""Marks inside a line of Markdown, taken off: what is left is what a reader would see."""

from __future__ import annotations

import html
import re

from knowledge.ingestion.extractors.cleaning import clean

# None of these scans a text twice, however it is made up: what they repeat cannot hold their ends.
_CODE = re.compile(r"(?<!`)(`{1,3})(?!`)([^`]+)(?<!`)\1(?!`)")
_IMAGE = re.compile(r"!\[([^\[\]\n]*)\](?:\([^()\n]*\)|\[[^\[\]\n]*\])")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)?)>?[^()\n]*\)")
_REFERENCE = re.compile(r"\[([^\[\]\n]+)\]\[[^\[\]\n]*\]")
_BARE_LINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]+)>")
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,1000}>")
_COMMENT_MARK = re.compile(r"<!--|-->")
_STRONG = re.compile(r"(\*\*|__|~~)(?=\S)([^*_~\n]+?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*\\])([*_])(?=[^\s*_])([^*_\n]+?)(?<=[^\s*_])\1(?![\w*])")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKED = re.compile(r"[`*_~\[<&\\-]")
_ABSOLUTE = ("http://", "https://", "mailto:", "tel:")


def plain(text: str) -> str:
    """Return ``text`` without marks. An absolute link keeps its address: it may be the answer."""
    if not _MARKED.search(text):
        return text
    parts: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        parts += [_prose(text[end : code.start()]), code[2].strip()]
        end = code.end()
    return "".join([*parts, _prose(text[end:])])


def _prose(text: str) -> str:
    text = _COMMENT_MARK.sub("", text)
    text = _IMAGE.sub(lambda found: found[1], text)
    text = _LINK.sub(_linked, text)
    text = _REFERENCE.sub(lambda found: found[1], text)
    text = _BARE_LINK.sub(lambda found: found[1], text)
    text = _TAG.sub("", text)
    text = _STRONG.sub(lambda found: found[2], text)
    text = _EMPHASIS.sub(lambda found: found[2], text)
    text = _ESCAPE.sub(lambda found: found[1], text)
    return clean(html.unescape(text)) if "&" in text else text


def _linked(found: re.Match[str]) -> str:
    words, address = found[1].strip(), found[2]
    if not address.startswith(_ABSOLUTE) or address in words:
        return words
    return f"{words} ({address.removeprefix('mailto:').removeprefix('tel:')})"
