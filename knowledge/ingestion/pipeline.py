"""From a source to live chunks: obtain, split, embed, store. Each step knows only its own part."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import numpy as np

from askorac.jobs.leases import Lease, hold
from askorac.sealing import keyrings
from askorac.sealing.fields import sealed_value
from askorac.tenancy.context import tenant
from keys.clients import EmbeddingModel, Vectors, models_for
from knowledge import labels
from knowledge.models import Source
from knowledge.words import postings
from projects.models import Project

from . import store
from .embed import Embedder
from .fingerprints import with_fingerprints
from .obtaining import Obtained, obtain
from .split import split
from .texts import Piece


def ingest(lease: Lease) -> None:
    """Make one source's text findable, from where an earlier attempt stopped.

    Nothing is open while a file is read, a page is fetched or a provider is called: each batch is
    stored in a short transaction that holds the job's row. A source that was removed meanwhile is
    nobody's work. Raises Unreadable, NotFetched, ProviderFault, KeyRevoked, KeysAway, LeaseLost.
    """
    with tenant(lease.organization_id):
        source = Source.objects.filter(pk=lease.target_id).first()
    if source is None:
        return
    keyrings.of(lease.organization_id)  # without it, nothing is fetched that can't be kept
    obtained = obtain(source)
    ring = keyrings.of(lease.organization_id)
    pieces = with_fingerprints(split(obtained.text.sections), ring=ring)
    described = _described(source, obtained)
    with tenant(lease.organization_id):
        _note_fetched(lease, source, obtained)
        same = store.keep_unchanged(lease, source=source, described=described, pieces=pieces)
        if same is None:
            draft = store.begin(lease, source=source, described=described)
            rest = store.keep_stored(lease, draft, pieces)
    if same is not None:
        if not same.has_words:
            _index_words(lease, source, same.document_id, described.title, pieces)
        return
    _embed_and_store(lease, draft, rest, total=len(pieces))
    _index_words(lease, source, draft.document_id, described.title, pieces, draft=draft)


def _index_words(
    lease: Lease,
    source: Source,
    document_id: UUID,
    title: str,
    pieces: Sequence[Piece],
    draft: store.Draft | None = None,
) -> None:
    """Let a document be found by its words, and a draft go live with them."""
    ring = keyrings.of(lease.organization_id)  # anew: it may have been taken away meanwhile
    texts = [piece.embedded_text for piece in pieces]
    words = postings.blind_words(texts, title=title, ring=ring)
    with tenant(lease.organization_id):
        if draft is not None:
            store.publish(lease, draft, chunk_count=len(pieces))
        hold(lease)
        postings.keep(
            words,
            organization_id=source.organization_id,
            project_id=source.project_id,
            document_id=document_id,
        )


def _described(source: Source, obtained: Obtained) -> store.Description:
    return store.Description(
        title=obtained.title[:255], url=source.url.open(), page_count=obtained.text.page_count
    )


def _note_fetched(lease: Lease, source: Source, obtained: Obtained) -> None:
    """A page is called by its title from now on."""
    if obtained.fetched_at is None:
        return
    hold(lease)
    row, name = Source.objects.filter(pk=source.pk), obtained.title[:255]
    row.update(size_bytes=obtained.size_bytes, fetched_at=obtained.fetched_at)
    if name == source.name.open():
        return
    row.update(name=sealed_value(Source, "name", source.pk, name))
    ring = keyrings.of(source.organization_id)
    called = (name, source.external_id.open(), source.url.open())
    labels.keep_words(labels.blind_words(*called, ring=ring), source=source)


def _embed_and_store(
    lease: Lease, draft: store.Draft, pieces: Sequence[Piece], *, total: int
) -> None:
    """Store each batch while the provider is asked for the next one, and never for more.

    The vectors of the batch that is not stored yet count as known, so that a text that both
    batches have is paid for once. A request under way is waited for, whatever happens meanwhile.
    """
    batch: Sequence[Piece] = ()
    vectors: Vectors = np.empty((0, draft.space.dimensions), np.float32)
    with Embedder(lambda: _model(draft)) as embedder, ThreadPoolExecutor(1, "embed") as asking:
        for following in _batches(pieces, embedder.batch_size):
            known = _known(draft, following)
            known.update(zip((piece.fingerprint for piece in batch), vectors, strict=True))
            asked = asking.submit(embedder.embed_pieces, following, known=known)
            _store(lease, draft, batch, vectors, total=total)
            batch, vectors = following, asked.result()
    _store(lease, draft, batch, vectors, total=total)


def _model(draft: store.Draft) -> EmbeddingModel:
    project = Project(pk=draft.project_id, organization_id=draft.organization_id)
    return models_for(project).embedding(draft.space)


def _known(draft: store.Draft, batch: Sequence[Piece]) -> dict[bytes, Vectors]:
    with tenant(draft.organization_id):
        return store.known_embeddings(draft, batch)


def _store(
    lease: Lease, draft: store.Draft, batch: Sequence[Piece], vectors: Vectors, *, total: int
) -> None:
    if not batch:
        return
    ring = keyrings.of(lease.organization_id)
    rows = store.sealed_rows(draft, batch, vectors, ring=ring)
    with tenant(lease.organization_id):
        store.add(lease, rows, done=batch[-1].ordinal + 1, total=total)


def _batches(pieces: Sequence[Piece], size: int) -> Iterator[Sequence[Piece]]:
    for start in range(0, len(pieces), size):
        yield pieces[start : start + size]
