"""What a page holds beside its text, recognised by what its makers call it, and taken out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from knowledge.ingestion.extractors.hiding import is_hidden, is_named_folded
from knowledge.ingestion.extractors.page.words import compact

_UNREAD = ("script", "style", "noscript", "template", "iframe", "object", "svg", "canvas")
_NAMED = ("div", "section", "aside", "ul", "ol", "dl", "li", "p", "span", "nav", "header", "footer")
_KINDS = (
    r"shar(?:e|es|ing|edaddy|ebar|e?buttons?)|social\w*|newsletters?|breadcrumb\w*|related|"
    r"recommend(?:ed|ations?)|cookies?|consent|tags?|tag-?list|tagcloud|sidebar|comments?|"
    r"commentlist|comment-?respond|byline|author|adverts?|advertise\w*|ads?|promo\w*|"
    r"subscri(?:be|ption)|paywall|pagination|pager|skip|outbrain|taboola|print|toolbar|meta|"
    r"metadata|navigation|navbar|nav|menu|footer|popup|modal|teaser"
)
_PARTS = (
    r"box|bar|lists?|links?|posts?|articles?|contents?|items?|news|stories|entries|section|"
    r"wrapper|container|area|widget|block|buttons?|icons?|info|bio|form|notice|banner|nav|menu|"
    r"top|bottom|inner|outer|\d+|s"
)
# A name as a style sheet has it: at most one word before what it is, then only words for its parts.
_BESIDE = re.compile(
    rf"(?:[a-z]+[-_]{{1,2}})?(?:{_KINDS})(?:[-_]{{0,2}}(?:{_PARTS})){{0,4}}", re.IGNORECASE
)
_LONGEST_NAME = 40
_LARGEST_SHARE = 0.25  # of a page: what holds more than that is not beside its text
_MOST_LINKED = 0.75
_LONGEST_LINKS = 200
_POINTING = ("aria-controls", "aria-owns", "href", "data-target", "data-bs-target", "for")
_DIRECT = ("mailto:", "tel:")


def prune(tree: HtmlElement) -> None:
    """Take out of ``tree`` what is hidden, what is named as something beside, and bare links."""
    body = tree.find(".//body")
    body = tree if body is None else body
    for element in list(body.iter(*_UNREAD)):
        _drop(element)
    _drop_hidden(body)
    most = _length(body) * _LARGEST_SHARE
    for element in list(body.iter(*_NAMED)):
        if _is_beside(element) and _length(element) < most and element.find(".//h1") is None:
            _drop(element)
    for paragraph in list(body.iter("p")):
        if _is_bare_link(paragraph):
            _drop(paragraph)


def link_texts(tree: HtmlElement) -> frozenset[str]:
    """Return the texts of all links that lead to other pages, compact."""
    return frozenset(text for link in _links(tree) if (text := compact(_text(link))))


def _drop_hidden(body: HtmlElement) -> None:
    pointed = {
        str(value).removeprefix("#")
        for element in body.iter()
        for name in _POINTING
        if (value := element.get(name))
    }
    for element in list(body.iter()):
        if not isinstance(element.tag, str) or not _is_hidden(element):
            continue
        if _is_folded(element, pointed):
            for name in ("hidden", "aria-hidden", "style"):
                element.attrib.pop(name, None)
        elif element is not body:
            _drop(element)


def _is_hidden(element: HtmlElement) -> bool:
    return element.get("aria-hidden") == "true" or is_hidden(element)


def _is_folded(element: HtmlElement, pointed: set[str]) -> bool:
    return (
        element.get("id") in pointed
        or is_named_folded(element)
        or any(above.tag == "details" for above in element.iterancestors())
    )


def _is_beside(element: HtmlElement) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}".split()
    return any(len(name) <= _LONGEST_NAME and _BESIDE.fullmatch(name) for name in names)


def _is_bare_link(paragraph: HtmlElement) -> bool:
    length = _length(paragraph)
    if not 0 < length < _LONGEST_LINKS:
        return False
    return sum(_length(link) for link in _links(paragraph)) > length * _MOST_LINKED


def _links(element: HtmlElement) -> Iterator[HtmlElement]:
    links = element.iter("a")
    return (link for link in links if not (link.get("href") or "").startswith(_DIRECT))


def _length(element: HtmlElement) -> int:
    return sum(len("".join(text.split())) for text in element.itertext())


def _text(element: HtmlElement) -> str:
    return "".join(element.itertext())


def _drop(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()
