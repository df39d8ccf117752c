"""Before anything is made of an archive: all of it is read once, and each link in it followed.

A part stands by itself: its documents are of its sources, its chunks of its documents, its turns of
its conversations. So what is kept in memory meanwhile is one part's ids.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from .archive import layout, shapes, vectors
from .archive.reading import CHANGED, NO_JSON, Archive, BadArchive
from .archive.shapes import Check, Misshapen, shaped

NO_LINK: Final = "“{name}” refers to something that is not in the archive (line {line})."
NO_VECTORS: Final = "“{name}” does not hold one vector for each chunk."
NO_SPACE: Final = "Project {project} has chunks and does not say by which model they were embedded."
NO_PROJECT: Final = "The archive holds files of project {project} and not the project itself."

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Place:
    """A project in the archive, with the numbers of its parts by what they hold."""

    id: UUID
    sources: tuple[int, ...]
    conversations: tuple[int, ...]

    def named(self, kind: str, number: int, ending: str = "jsonl") -> str:
        """The name of a file of one of its parts."""
        return layout.in_project(self.id, layout.numbered(kind, number, ending))


def places(archive: Archive) -> list[Place]:
    """The archive's projects, in the order of their ids. Raises BadArchive."""
    numbers: dict[UUID, dict[str, list[int]]] = {}
    for name in archive.names:
        if not name.startswith("projects/"):
            continue
        _, project, rest = name.split("/", 2)
        kind, _, number = rest.partition(".")[0].rpartition("-")
        found = numbers.setdefault(UUID(project), {"sources": [], "conversations": []})
        if kind in found:
            found[kind].append(int(number))
    for project_id in numbers:
        if not archive.has(layout.in_project(project_id, layout.PROJECT)):
            raise BadArchive(NO_PROJECT.format(project=project_id))
    return [
        Place(each, tuple(sorted(of["sources"])), tuple(sorted(of["conversations"])))
        for each, of in sorted(numbers.items())
    ]


def rows(archive: Archive, name: str, shape: Mapping[str, Check]) -> Iterator[dict[str, Any]]:
    """The rows of a file, as values of ours. Raises BadArchive."""
    for number, row in enumerate(archive.rows(name), 1):
        try:
            yield shaped(row, shape)
        except Misshapen:
            raise BadArchive(NO_JSON.format(name=name, line=number)) from None


def project_row(archive: Archive, place: Place) -> dict[str, Any]:
    """A project. Raises BadArchive."""
    name = layout.in_project(place.id, layout.PROJECT)
    try:
        row = shaped(archive.value(name), shapes.PROJECT)
    except Misshapen:
        raise BadArchive(NO_JSON.format(name=name, line=1)) from None
    if row["id"] != place.id:
        raise BadArchive(CHANGED.format(name=name))
    return row


def check(archive: Archive, advance: Advance) -> None:
    """Read all of an archive once; `advance` hears how many files were looked at.

    Raises BadArchive.
    """
    done = 0
    checked = set[str]()
    for place in places(archive):
        row = project_row(archive, place)
        for number in place.sources:
            checked |= _check_sources(archive, place, number, row["embedding_space"])
            advance(done := done + 5)
        for number in place.conversations:
            checked |= _check_conversations(archive, place, number)
            advance(done := done + 2)
    for name in archive.names:
        if name in checked or name == layout.MANIFEST:
            continue
        if name not in archive.listed:
            raise BadArchive(NO_LINK.format(name=name, line=1))
        for _ in archive.blocks(name, sha256=archive.listed[name].sha256):
            pass
    if archive.has(layout.RETENTION):
        for _ in rows(archive, layout.RETENTION, shapes.RETENTION):
            pass


def _check_sources(archive: Archive, place: Place, number: int, space: str) -> set[str]:
    names = {kind: place.named(kind, number) for kind in ("sources", "documents", "chunks")}
    _require(archive, *names.values())
    checked = set(names.values())
    sources = set[UUID]()
    for line, row in enumerate(rows(archive, names["sources"], shapes.SOURCE), 1):
        sources.add(row["id"])
        if row["file"] is None:
            continue
        file = layout.in_project(place.id, row["file"])
        if not archive.has(file) or row["sha256"] is None or not _is_own(archive, file, row):
            raise BadArchive(NO_LINK.format(name=names["sources"], line=line))
        for _ in archive.blocks(file, sha256=row["sha256"]):
            pass
        checked.add(file)
    documents = _linked(archive, names["documents"], shapes.DOCUMENT, "source_id", sources)
    count = len(_linked(archive, names["chunks"], shapes.CHUNK, "document_id", documents))
    return checked | _check_vectors(archive, place, number, space, count)


def _is_own(archive: Archive, file: str, row: Mapping[str, Any]) -> bool:
    """Whether a file is of this source alone, and as large as it says: one that many sources share
    would be kept once for each."""
    called = file.rpartition("/files/")[2]
    return called.partition(".")[0] == str(row["id"]) and archive.size_of(file) == row["size_bytes"]


def _check_vectors(archive: Archive, place: Place, number: int, space: str, count: int) -> set[str]:
    name = place.named("vectors", number, "npy")
    if not count and not archive.has(name):
        return set()
    dimensions = space.rpartition("/")[2]
    if not dimensions.isdecimal() or not dimensions.isascii():
        raise BadArchive(NO_SPACE.format(project=place.id))
    _require(archive, name)
    head = vectors.head(count, int(dimensions))
    blocks = archive.blocks(name, sha256=archive.listed[name].sha256)
    first = next(blocks, b"")
    size = archive.size_of(name)
    if not first.startswith(head) or size != len(head) + 2 * count * int(dimensions):
        raise BadArchive(NO_VECTORS.format(name=name))
    for _ in blocks:
        pass
    return {name}


def _check_conversations(archive: Archive, place: Place, number: int) -> set[str]:
    conversations, turns = place.named("conversations", number), place.named("turns", number)
    _require(archive, conversations, turns)
    ids = {row["id"] for row in rows(archive, conversations, shapes.CONVERSATION)}
    _linked(archive, turns, shapes.TURN, "conversation_id", ids)
    return {conversations, turns}


def _linked(
    archive: Archive, name: str, shape: Mapping[str, Check], link: str, there: set[UUID]
) -> set[UUID]:
    """The ids of a file's rows, each of which refers to one of those that are `there`."""
    ids = set[UUID]()
    for line, row in enumerate(rows(archive, name, shape), 1):
        if row[link] not in there or row["id"] in ids:
            raise BadArchive(NO_LINK.format(name=name, line=line))
        ids.add(row["id"])
    return ids


def _require(archive: Archive, *names: str) -> None:
    for name in names:
        if not archive.has(name):
            raise BadArchive(NO_LINK.format(name=name, line=0))
