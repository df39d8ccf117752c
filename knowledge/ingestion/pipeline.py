"""From a source to live chunks: extract, split, embed, store. Each step knows only its own part."""

from collections.abc import Iterator, Sequence

from askorac.jobs.leases import Lease
from askorac.tenancy.context import tenant
from knowledge import files
from knowledge.models import Source
from knowledge.models.sources import Kind

from . import store
from .embed import Embedder
from .extract import extract_file
from .split import split
from .texts import ExtractedText, Piece

PASTED = "text.md"


def ingest(lease: Lease) -> None:
    """Make one source's text findable, from where an earlier attempt stopped.

    Nothing is open while a file is read or a provider is called: each batch is stored in a short
    transaction that holds the job's row. Raises Unreadable, a ProviderFault, or LeaseLost. A
    source that was removed meanwhile is nobody's work.
    """
    with tenant(lease.organization_id):
        source = Source.objects.filter(pk=lease.target_id).first()
    if source is None:
        return
    extracted = _extract(source)
    pieces = split(extracted.sections)
    with tenant(lease.organization_id):
        draft = store.begin(
            lease, source=source, extracted=extracted, title=_title(source, extracted)
        )
        rest = store.keep_stored(lease, draft, pieces)
    with Embedder(draft.space) as embedder:
        for batch in _batches(rest, embedder.batch_size):
            _store_batch(lease, draft, batch, embedder, total=len(pieces))
    with tenant(lease.organization_id):
        store.publish(lease, draft, chunk_count=len(pieces))


def _extract(source: Source) -> ExtractedText:
    path = files.path_of(source.organization_id, source.project_id, source.file_id)
    return extract_file(path, filename=PASTED if source.kind == Kind.TEXT else source.name)


def _title(source: Source, extracted: ExtractedText) -> str:
    return source.name if source.kind == Kind.TEXT else extracted.title or source.name


def _store_batch(
    lease: Lease, draft: store.Draft, batch: Sequence[Piece], embedder: Embedder, *, total: int
) -> None:
    with tenant(lease.organization_id):
        known = store.known_embeddings(draft, batch)
    vectors = embedder.embed_pieces(batch, known=known)
    with tenant(lease.organization_id):
        store.add(lease, draft, batch, vectors, total=total)


def _batches(pieces: Sequence[Piece], size: int) -> Iterator[Sequence[Piece]]:
    for start in range(0, len(pieces), size):
        yield pieces[start : start + size]
