"""Reading a source as it was understood: its chunks in the order of the document."""

from dataclasses import dataclass

from .models import Chunk, Document, Source

CHUNKS_A_PAGE = 40


@dataclass(frozen=True, slots=True)
class ReadChunk:
    """One chunk as text; `page` counts from 1 and is None where a document has no pages."""

    ordinal: int
    text: str
    page: int | None
    heading: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Some chunks of a source, with the ordinals at which the neighbouring ones begin."""

    chunks: tuple[ReadChunk, ...]
    page_count: int | None
    earlier: int | None
    later: int | None


def read_source(*, source: Source, first: int) -> Reading:
    """At most 40 live chunks of a source, from the ordinal `first` on. Two statements."""
    document = Document.objects.filter(source_id=source.pk).first()
    if document is None:
        return Reading(chunks=(), page_count=None, earlier=None, later=None)
    first = max(first, 0)
    found = Chunk.objects.filter(
        document_id=document.pk, is_live=True, ordinal__gte=first
    ).order_by("ordinal")
    rows = found.values_list("ordinal", "text", "page", "heading")[: CHUNKS_A_PAGE + 1]
    chunks = tuple(ReadChunk(*row) for row in rows)
    return Reading(
        chunks=chunks[:CHUNKS_A_PAGE],
        page_count=document.page_count,
        earlier=max(first - CHUNKS_A_PAGE, 0) if first else None,
        later=chunks[CHUNKS_A_PAGE].ordinal if len(chunks) > CHUNKS_A_PAGE else None,
    )
