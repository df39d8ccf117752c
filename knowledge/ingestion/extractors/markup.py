"""XML inside of documents: parsed without entities, without the network, to a bounded depth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, cast

from lxml import etree

from knowledge.ingestion.extractors.containers import damaged


class Element(Protocol):
    """What is used here of an element of lxml, which says nothing of its types."""

    tag: object  # a name, but of comments and entities
    text: str | None
    tail: str | None

    def __iter__(self) -> Iterator[Element]: ...

    def get(self, name: str) -> str | None:
        """Return the value of an attribute."""
        ...

    def items(self) -> Iterable[tuple[str, str]]:
        """Return all attributes."""
        ...

    def iter(self, *names: str) -> Iterator[Element]:
        """Yield this element and those below it that have one of the names."""
        ...

    def itertext(self) -> Iterator[str]:
        """Yield all text below."""
        ...


def parse(data: bytes) -> Element:
    """Return the root of ``data``. Raises Unreadable ("damaged") when it is not XML.

    Elements are nested to 256 at most, so that a walk over them may be recursive.
    """
    root = parse_or_none(data)
    if root is None:
        raise damaged()
    return root


def parse_or_none(data: bytes) -> Element | None:
    """Return the root of ``data``, or None when it is not XML."""
    try:
        return cast(Element, etree.fromstring(data, _parser()))
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        return None
    except ValueError:
        return None


def name_of(element: Element) -> str:
    """Return the name without its namespace: strict and transitional documents differ in that."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """Return the attribute called ``name`` in whichever namespace, or ""."""
    plain = element.get(name)
    if plain is not None:
        return plain
    ending = "}" + name
    return next((str(value) for key, value in element.items() if str(key).endswith(ending)), "")


def child(element: Element | None, *path: str) -> Element | None:
    """Return the first element below ``element`` along a ``path`` of names, or None."""
    for name in path:
        if element is None:
            return None
        element = next((below for below in element if name_of(below) == name), None)
    return element


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the elements directly below ``element`` that are called ``name``."""
    return (below for below in element if name_of(below) == name)


def descendants(element: Element, *names: str) -> Iterator[Element]:
    """Yield the elements below ``element``, at whatever depth, that have one of ``names``."""
    return (below for below in element.iter(*(f"{{*}}{name}" for name in names)))


def all_text(element: Element | None, name: str = "t") -> str:
    """Return the text of all elements below ``element`` that are called ``name``."""
    if element is None:
        return ""
    return "".join(below.text or "" for below in descendants(element, name))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
