"""A document as it was understood: its text put together again, and the chunks it is searched by.

Both are read a stretch at a time, from an ordinal on, so that a document of ten thousand chunks
opens as quickly as one of ten.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet

from .ingestion.tokens import count_tokens, letter_weight
from .models import Chunk, Document, Source

CHUNKS_AT_ONCE: Final = 40
_OF_TEXT: Final = ("ordinal", "text", "page", "joint", "repeated_count")


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document with what is said above its text."""

    id: UUID
    title: str
    url: str
    page_count: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stretch stands: the ordinals at which it and its neighbours begin."""

    first: int
    earlier: int | None
    later: int | None


@dataclass(frozen=True, slots=True)
class ReadChunk:
    """One chunk; `page` counts from 1 and is None where a document has no pages."""

    ordinal: int
    text: str
    page: int | None
    heading: str
    repeated_count: int

    @property
    def repeated(self) -> str:
        """What the chunk before ends with, too."""
        return self.text[: self.repeated_count]

    @property
    def own(self) -> str:
        return self.text[self.repeated_count :]

    @property
    def token_count(self) -> int:
        """About how many word pieces an embedding model makes of it."""
        return round(count_tokens(self.text, letter_weight(self.text)))


@dataclass(frozen=True, slots=True)
class ReadPage:
    """The text of one page as far as the stretch goes; `page` is None for a document without.

    `is_continued` when the page began in the stretch before.
    """

    page: int | None
    text: str
    is_continued: bool


def read_document(*, source: Source) -> ReadDocument | None:
    """The document that answers are taken from; None while there is none. One statement."""
    document = Document.objects.filter(source_id=source.pk, is_draft=False).first()
    if document is None:
        return None
    return ReadDocument(
        id=document.pk,
        title=document.title.open(),
        url=document.url.open(),
        page_count=document.page_count,
    )


def read_chunks(*, document_id: UUID, at: int) -> tuple[tuple[ReadChunk, ...], Place]:
    """The stretch of chunks that the ordinal `at` is in. One statement."""
    rows, place = _stretch(_live(document_id).defer("embedding"), at)
    chunks = tuple(
        ReadChunk(row.ordinal, row.text.open(), row.page, row.heading.open(), row.repeated_count)
        for row in rows
        if row.ordinal >= place.first
    )
    return chunks, place


def read_text(
    *, document_id: UUID, at: int, using: str = DEFAULT_DB_ALIAS
) -> tuple[tuple[ReadPage, ...], Place]:
    """The text of the stretch that the chunk `at` is in, as it was extracted, page by page.

    The stretches of a document, one behind the other, are its text, each character once.
    """
    rows, place = _stretch(_live(document_id).using(using).only(*_OF_TEXT), at)
    pages: list[tuple[int | None, list[str], bool]] = []
    page_before: int | None = None
    for row in rows:
        if row.ordinal >= place.first:
            if not pages or row.page != page_before:
                is_continued = row.ordinal > 0 and row.page is not None and row.page == page_before
                pages.append((row.page, [], is_continued))
            pages[-1][1].append(row.joint + row.text.open()[row.repeated_count :])
        page_before = row.page
    texts = tuple(ReadPage(page, "".join(parts).strip(), part) for page, parts, part in pages)
    return texts, place


def ordinal_of_page(*, document_id: UUID, page: int) -> int:
    """The first chunk on a page, or on the next one with text; 0 if there is none."""
    found = _live(document_id).filter(page__gte=page).values_list("ordinal", flat=True).first()
    return found or 0


def place_of_chunk(*, project_id: UUID, chunk_id: UUID) -> tuple[UUID, int] | None:
    """The source and the ordinal of a live chunk of a project, or None for any other id."""
    return (
        Chunk.objects.filter(pk=chunk_id, project_id=project_id, is_live=True)
        .values_list("document__source_id", "ordinal")
        .first()
    )


def _stretch(chunks: QuerySet[Chunk], at: int) -> tuple[list[Chunk], Place]:
    """The chunks of a stretch with the one before it, and whether others follow."""
    first = at - at % CHUNKS_AT_ONCE
    later = first + CHUNKS_AT_ONCE
    rows = list(chunks.filter(ordinal__gte=first - 1, ordinal__lte=later))
    has_later = bool(rows) and rows[-1].ordinal == later
    place = Place(
        first=first,
        earlier=first - CHUNKS_AT_ONCE if first else None,
        later=later if has_later else None,
    )
    return [row for row in rows if row.ordinal < later], place


def _live(document_id: UUID) -> QuerySet[Chunk]:
    return Chunk.objects.filter(document_id=document_id, is_live=True).order_by("ordinal")
