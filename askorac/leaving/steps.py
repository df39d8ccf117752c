"""The steps of an export: what the next part of the archive is, and what comes after it.

A step knows from the export's row where it is, and nothing else: whoever goes on after a kill
makes the same part again under another key, and it counts once its row is there.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from askorac.signing.live import live_key
from askorac.tenancy.context import tenant
from conversations.models import Conversation
from knowledge.models import Source
from projects.models import Project
from projects.trail.files import closing_line, lines_after, opening_line

from .archive import layout, vectors
from .archive.zipping import Piece, Rows
from .contents import conversations, decided, knowledge, people, projects
from .contents.lines import as_json, as_lines
from .models import Export

BEGINNING: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Position:
    """Where an export is: the stage, the project of it, and behind what in it."""

    stage: str
    project_id: UUID | None = None
    after: str = ""

    @property
    def after_id(self) -> UUID:
        return UUID(self.after) if self.after else BEGINNING


@dataclass(slots=True)
class Step:
    """One part: `write` yields its bytes and fills `piece`; `count` is how many things are in it.

    `holds` tells, in the transaction that keeps it, whether all of it is still as it was.
    """

    piece: Piece
    write: Callable[[], Iterator[bytes]]
    following: Position
    count: int = 0
    holds: Callable[[], bool] = field(default=lambda: True)


def count_all() -> int:
    """How many things a whole archive of the open organization has, for the percentage."""
    return (
        2
        + Project.objects.count()
        + Source.objects.count()
        + Conversation.objects.count()
        + people.audit_count() // people.AUDIT_AT_ONCE
    )


def step_at(export: Export, number: int) -> Step | Position:
    """The next part, or, where there is nothing at a position, the one behind it."""
    at = Position(export.stage, export.project_at, export.after)
    return _STAGES[at.stage](export.organization_id, at, number)


def _organization(organization_id: UUID, at: Position, number: int) -> Step:
    piece = Piece()

    def write() -> Iterator[bytes]:
        with tenant(organization_id):
            told = as_json({**people.organization(), **decided.rules()})
            lists = {
                layout.MEMBERS: list(people.members()),
                layout.PROVIDER_KEYS: list(people.provider_keys()),
                layout.API_KEYS: list(people.api_keys()),
                layout.RETENTION: list(people.retention()),
                layout.RECEIPTS: list(people.receipts()),
                layout.HOLDS: list(decided.holds()),
                layout.INVITATIONS: list(decided.invitations()),
                layout.STAFF_REQUESTS: list(decided.staff_requests()),
                layout.CHECKPOINTS: list(decided.checkpoints()),
            }
        yield from piece.write(layout.ORGANIZATION, [told])
        for name, rows in lists.items():
            yield from _lines(piece, name, rows)

    return Step(piece, write, Position("project"), count=1)


def _project(organization_id: UUID, at: Position, number: int) -> Step | Position:
    """The project behind the one that was last."""
    with tenant(organization_id):
        later = Project.objects.filter(pk__gt=at.project_id or BEGINNING)
        project = later.order_by("id").first()
    if project is None:
        return Position("audit", after="0")
    project_id, piece = project.pk, Piece()

    def write() -> Iterator[bytes]:
        with tenant(organization_id):
            told, picture = as_json(projects.project(project)), projects.avatar(project_id)
        yield from piece.write(layout.in_project(project_id, layout.PROJECT), [told])
        if picture is not None:
            name = layout.in_project(project_id, layout.AVATAR)
            yield from piece.write(name, [picture], packs=False)

    return Step(piece, write, Position("sources", project_id), count=1)


def _sources(organization_id: UUID, at: Position, number: int) -> Step | Position:
    assert at.project_id is not None
    project_id, piece = at.project_id, Piece()
    with tenant(organization_id):
        sources = knowledge.next_sources(project_id, at.after_id)
        documents = knowledge.documents_of(sources)
        space = Project.objects.filter(pk=project_id).values_list("embedding_space", flat=True)
        embedding_space = space.first() or ""
    if not sources:
        return Position("conversations", project_id)

    def named(name: str, ending: str = "jsonl") -> str:
        return layout.in_project(project_id, layout.numbered(name, number, ending))

    def write() -> Iterator[bytes]:
        rows = yield from _files(piece, project_id, sources)
        yield from _lines(piece, named("sources"), rows)
        yield from _lines(piece, named("documents"), map(knowledge.document_row, documents))
        counted = Rows()
        lines = counted.of(as_lines(knowledge.chunk_rows(organization_id, documents)))
        yield from piece.write(named("chunks"), lines, rows=counted)
        if counted.count:
            yield from _vectors(piece, named("vectors", "npy"), counted.count)

    def _vectors(piece: Piece, name: str, count: int) -> Iterator[bytes]:
        dimensions = int(embedding_space.rpartition("/")[2])
        numbers = Rows()
        rows = numbers.of(vectors.rows(knowledge.vectors(organization_id, documents)))
        head = vectors.head(count, dimensions)
        yield from piece.write(name, _with_head(head, rows), packs=False, rows=numbers)

    def holds() -> bool:
        same = Project.objects.filter(pk=project_id, embedding_space=embedding_space)
        return same.exists() and knowledge.are_still_there(sources, documents)

    following = Position("sources", project_id, str(sources[-1].pk))
    return Step(piece, write, following, count=len(sources), holds=holds)


def _conversations(organization_id: UUID, at: Position, number: int) -> Step | Position:
    assert at.project_id is not None
    project_id, piece = at.project_id, Piece()
    with tenant(organization_id):
        found = conversations.next_conversations(project_id, at.after_id)
    if not found:
        return Position("project", project_id)

    def write() -> Iterator[bytes]:
        rows = map(conversations.conversation_row, found)
        name = layout.in_project(project_id, layout.numbered("conversations", number))
        yield from _lines(piece, name, rows)
        turns = conversations.turn_rows(organization_id, found)
        yield from _lines(
            piece, layout.in_project(project_id, layout.numbered("turns", number)), turns
        )

    following = Position("conversations", project_id, str(found[-1].pk))
    return Step(piece, write, following, count=len(found))


def _audit(organization_id: UUID, at: Position, number: int) -> Step | Position:
    """The trail, as `docs/verify_audit.py` checks it once its files are put together: its first
    line and its last tell one time, which goes along behind the place in the chain."""
    place, _, began = at.after.partition(" ")
    piece, seq = Piece(), int(place)
    now = datetime.fromisoformat(began) if began else timezone.now()
    live_key()  # asked for before a transaction is open
    with tenant(organization_id):
        opening, start = opening_line(now=now) if seq == 0 else (b"", seq)
        lines, last = lines_after(start, most=people.AUDIT_AT_ONCE)
        if opening:
            lines.insert(0, opening)
        closing = None if last > seq else closing_line(seq, now=now)
    behind = Position("audit", after=f"{last} {now.isoformat()}")
    following = behind if last > seq else Position("ending")
    if closing is not None:
        lines = [closing]

    def write() -> Iterator[bytes]:
        yield from piece.write(f"audit/{layout.numbered('events', number)}", lines)

    return Step(piece, write, following, count=1)


def _files(
    piece: Piece, project_id: UUID, sources: list[Source]
) -> Generator[bytes, None, list[dict[str, Any]]]:
    """The files of sources, as they came; returns the rows of the sources."""
    rows = []
    for source in sources:
        opened, name, sha256 = knowledge.file_of(source), None, None
        if opened is not None:
            name = layout.file_name(source.pk, source.name.open())
            yield from piece.write(layout.in_project(project_id, name), opened, packs=False)
            sha256 = piece.entries[-1].sha256
        rows.append(knowledge.source_row(source, file=name, sha256=sha256))
    return rows


def _lines(piece: Piece, name: str, values: Any) -> Iterator[bytes]:
    counted = Rows()
    return piece.write(name, counted.of(as_lines(values)), rows=counted)


def _with_head(head: bytes, rows: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rows


_STAGES: Final[dict[str, Callable[[UUID, Position, int], Step | Position]]] = {
    "organization": _organization,
    "project": _project,
    "sources": _sources,
    "conversations": _conversations,
    "audit": _audit,
}
