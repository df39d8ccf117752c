"""What Word, PowerPoint and Excel files have in common: parts, and relations between them."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from knowledge.ingestion.extractors.containers import Container, damaged, resolve
from knowledge.ingestion.extractors.markup import (
    Element,
    attribute,
    children,
    parse,
    parse_or_none,
)
from knowledge.ingestion.extractors.titles import usable_title


@dataclass(frozen=True, slots=True)
class Relation:
    """A part that another one names by an id. ``kind`` is the last word of its type's address."""

    id: str
    kind: str
    target: str


class Package:
    """An Office Open XML file, strict or transitional."""

    def __init__(self, data: bytes) -> None:
        """Open the archive. Raises Unreadable."""
        self._container = Container(data)

    @property
    def names(self) -> list[str]:
        """The names of all parts."""
        return self._container.names

    def main_part(self) -> str:
        """Return the name of the part that is the document. Raises Unreadable ("damaged")."""
        for relation in self.relations(""):
            if relation.kind == "officeDocument" and relation.target in self._container:
                return relation.target
        raise damaged()

    def relations(self, part: str) -> list[Relation]:
        """Return what ``part`` names, in the order of the file; links to outside are left out."""
        folder, name = posixpath.split(part)
        root = parse_or_none(self._container.read(posixpath.join(folder, "_rels", f"{name}.rels")))
        return [
            Relation(
                id=attribute(entry, "Id"),
                kind=attribute(entry, "Type").rpartition("/")[2],
                target=resolve(part, attribute(entry, "Target")),
            )
            for entry in (root if root is not None else ())
            if attribute(entry, "TargetMode") != "External"
        ]

    def size(self, part: str) -> int:
        """Return how many bytes ``part`` has, as the archive claims; 0 if it is missing."""
        return self._container.size(part)

    def read(self, part: str) -> bytes:
        """Return the bytes of ``part``, none if it is missing. Raises Unreadable."""
        return self._container.read(part)

    def tree(self, part: str) -> Element:
        """Return a part that must be there, parsed. Raises Unreadable."""
        return parse(self._container.read(part))

    def optional_tree(self, part: str) -> Element | None:
        """Return a part, parsed, or None if it is missing or broken: the text goes on without."""
        return parse_or_none(self._container.read(part))

    def related(self, part: str, kind: str) -> list[Element]:
        """Return the parts of a ``kind`` that ``part`` names, parsed, without the broken ones."""
        trees = (
            self.optional_tree(relation.target)
            for relation in self.relations(part)
            if relation.kind == kind
        )
        return [tree for tree in trees if tree is not None]

    def title(self) -> str:
        """Return the title that the document's properties give, or ""."""
        for relation in self.relations(""):
            if relation.kind == "core-properties":
                root = self.optional_tree(relation.target)
                found = next(children(root, "title"), None) if root is not None else None
                return usable_title((found.text or "") if found is not None else "")
        return ""
