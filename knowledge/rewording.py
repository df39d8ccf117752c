"""Words of documents that were indexed otherwise than they would be now, or not at all.

Each document is indexed in a transaction of its own, and answers go on meanwhile: by the words
that a document had, or by vectors alone.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from askorac.jobs.leases import Lease, advance, hold
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant

from .ingestion.texts import embedded_text
from .models import Chunk, Document, Vocabulary
from .words import postings

INDEX_WORDS: Final = "project.index_words"


def index_words(lease: Lease) -> None:
    """Index the documents of a project that are behind. Raises KeyRevoked, KeysAway, LeaseLost."""
    done = 0
    while True:
        ring = keyrings.of(lease.organization_id)  # anew for each document: it may be taken away
        with tenant(lease.organization_id):
            document = _behind(lease.target_id).order_by("id").first()
            chunks = [] if document is None else _chunks_of(document.pk)
            left = _behind(lease.target_id).count()
        if document is None:
            return
        texts = [embedded_text(each.text.open(), each.heading.open()) for each in chunks]
        words = postings.blind_words(texts, title=document.title.open(), ring=ring)
        done += _keep(lease, document, words)
        with tenant(lease.organization_id):
            advance(lease, done=done, total=done + left - 1)


def _keep(lease: Lease, document: Document, words: postings.BlindWords) -> bool:
    """Keep a document's words, unless it was replaced or removed meanwhile."""
    with tenant(lease.organization_id):
        hold(lease)
        live = Document.objects.filter(pk=document.pk, is_draft=False)
        if not live.select_for_update().exists():
            return False
        postings.keep(
            words,
            organization_id=lease.organization_id,
            project_id=document.project_id,
            document_id=document.pk,
        )
    return True


def _behind(project_id: UUID) -> QuerySet[Document]:
    indexed = Vocabulary.objects.filter(document_id=OuterRef("pk"), edition=postings.EDITION)
    live = Document.objects.filter(project_id=project_id, is_draft=False)
    return live.exclude(Exists(indexed))


def _chunks_of(document_id: UUID) -> Sequence[Chunk]:
    chunks = Chunk.objects.filter(document_id=document_id, is_live=True)
    return list(chunks.order_by("ordinal").only("id", "organization_id", "text", "heading"))
