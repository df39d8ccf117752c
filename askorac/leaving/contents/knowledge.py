"""What is known: sources with their files, documents, and chunks with their vectors."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from knowledge import files
from knowledge.files import Kept
from knowledge.models import Chunk, Document, Source
from knowledge.models.sources import Kind
from knowledge.vectors.packing import numbers_of

from .lines import moment

Row = dict[str, Any]
CHUNKS_AT_ONCE: Final = 200
# One part of an archive: what is begun again if its maker is killed.
MOST_SOURCES: Final = 50
MOST_CHUNKS: Final = 4_000
MOST_BYTES: Final = 32_000_000


def next_sources(project_id: UUID, after: UUID) -> list[Source]:
    """The sources that the next part is about, in the order of their ids; at least one."""
    found = Source.objects.filter(project_id=project_id, pk__gt=after).order_by("id")
    taken: list[Source] = []
    chunks = size = 0
    for source in found[:MOST_SOURCES]:
        chunks, size = chunks + source.chunk_count, size + source.size_bytes
        if taken and (chunks > MOST_CHUNKS or size > MOST_BYTES):
            break
        taken.append(source)
    return taken


def documents_of(sources: Sequence[Source]) -> list[Document]:
    """The documents that answers are taken from."""
    ids = [source.pk for source in sources]
    return list(Document.objects.filter(source_id__in=ids, is_draft=False).order_by("id"))


def are_still_there(sources: Sequence[Source], documents: Sequence[Document]) -> bool:
    """Whether nothing was removed or read anew since; in the transaction that keeps the part."""
    found = Source.objects.filter(pk__in=[source.pk for source in sources])
    named = {source.pk: source.file_id for source in sources}
    if dict(found.values_list("id", "file_id")) != named:
        return False
    now = {document.pk for document in documents_of(sources)}
    return now == {document.pk for document in documents}


def file_of(source: Source) -> Iterator[bytes] | None:
    """A source's file as it came, opened as it is read; None if there is none."""
    if source.kind == Kind.PAGE or source.file_purged_at is not None:
        return None
    try:
        opened = files.stream(Kept.of(source))
    except FileNotFoundError:
        return None
    return _closing(opened)


def source_row(source: Source, *, file: str | None, sha256: str | None) -> Row:
    """A source; `file` is the name of its file in the archive."""
    return {
        "id": str(source.pk),
        "kind": source.kind,
        "name": source.name.open(),
        "url": source.url.open(),
        "external_id": source.external_id.open(),
        "size_bytes": source.size_bytes,
        "chunk_count": source.chunk_count,
        "created_at": moment(source.created_at),
        "fetched_at": moment(source.fetched_at),
        "file": file,
        "sha256": sha256,
    }


def document_row(document: Document) -> Row:
    """A document of a source."""
    return {
        "id": str(document.pk),
        "source_id": str(document.source_id),
        "title": document.title.open(),
        "url": document.url.open(),
        "page_count": document.page_count,
        "created_at": moment(document.created_at),
    }


def chunk_rows(organization_id: UUID, documents: Sequence[Document]) -> Iterator[Row]:
    """The chunks of documents, in order; their vectors stand in the same order."""
    for chunk in _chunks(organization_id, documents, but=("embedding", "vector")):
        yield {
            "id": str(chunk.pk),
            "document_id": str(chunk.document_id),
            "ordinal": chunk.ordinal,
            "text": chunk.text.open(),
            "page": chunk.page,
            "heading": chunk.heading.open(),
            "joint": chunk.joint,
            "repeated_count": chunk.repeated_count,
        }


def vectors(
    organization_id: UUID, documents: Sequence[Document]
) -> Iterator[npt.NDArray[np.float32]]:
    """The vectors of the same chunks."""
    for chunk in _chunks(organization_id, documents, but=("text", "heading")):
        yield numbers_of(chunk)


def _chunks(
    organization_id: UUID, documents: Sequence[Document], *, but: Sequence[str]
) -> Iterator[Chunk]:
    """Page by page, each in a context of its own: what reads them may wait for the store."""
    for document in documents:
        last = -1
        while True:
            keyrings.warm(organization_id)
            with tenant(organization_id):
                live = Chunk.objects.filter(document_id=document.pk, is_live=True, ordinal__gt=last)
                page = list(live.defer(*but).order_by("ordinal")[:CHUNKS_AT_ONCE])
            yield from page
            if len(page) < CHUNKS_AT_ONCE:
                break
            last = page[-1].ordinal


def _closing(file: Any) -> Iterator[bytes]:
    with file:
        yield from files.parts_of(file)
