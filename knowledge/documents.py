"""The documents that answers are taken from, as lists and programs read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from projects.models import Project

from .models import Chunk, Document

MOST_CHARACTERS: Final = 5_000_000


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document as programs read it; `external_id` is the caller's own id of the source."""

    id: UUID
    source_id: UUID
    external_id: str
    title: str
    url: str
    page_count: int | None
    chunk_count: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ListedChunk:
    """A chunk as programs read it; `ordinal` is its place in the document, from 0."""

    id: UUID
    ordinal: int
    text: str
    page: int | None
    heading: str


def select_documents(*, project: Project, source_id: UUID | None = None) -> QuerySet[Document]:
    """The documents of a project, or of one source of it, with their sources."""
    found = Document.objects.select_related("source").filter(
        project_id=project.pk, is_draft=False, source__chunk_count__gt=0
    )
    return found.filter(source_id=source_id) if source_id else found


def get_document(*, project: Project, document_id: UUID) -> Document | None:
    """The project's document, or None for any other id."""
    return select_documents(project=project).filter(pk=document_id).first()


def opened_document(document: Document) -> ListedDocument:
    """A document of `select_documents`, for reading. Raises KeyRevoked, KeysAway."""
    return ListedDocument(
        id=document.pk,
        source_id=document.source_id,
        external_id=document.source.external_id.open(),
        title=document.title.open(),
        url=document.url.open(),
        page_count=document.page_count,
        chunk_count=document.source.chunk_count,
        created_at=document.created_at,
    )


def opened_chunk(chunk: Chunk) -> ListedChunk:
    """A chunk of `select_chunks`, for reading. Raises KeyRevoked, KeysAway."""
    return ListedChunk(
        id=chunk.pk,
        ordinal=chunk.ordinal,
        text=chunk.text.open(),
        page=chunk.page,
        heading=chunk.heading.open(),
    )


def select_chunks(document: Document) -> QuerySet[Chunk]:
    """The chunks that a document is searched by, without their vectors."""
    return Chunk.objects.filter(document_id=document.pk, is_live=True).defer("embedding")


def whole_text(document: Document) -> str | None:
    """The text of a document, each character once; None if it is longer than MOST_CHARACTERS."""
    parts: list[str] = []
    length = 0
    for chunk in select_chunks(document).order_by("ordinal").iterator():
        text = chunk.text.open()
        length += len(text)
        if length > MOST_CHARACTERS:
            return None
        parts.append(chunk.joint + text[chunk.repeated_count :])
    return "".join(parts).strip("\n")
