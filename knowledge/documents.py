"""The documents that answers are taken from, as lists and programs read them."""

from typing import Final
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.db.models.functions import Length

from projects.models import Project

from .models import Chunk, Document

MOST_CHARACTERS: Final = 5_000_000


def select_documents(*, project: Project, source_id: UUID | None = None) -> QuerySet[Document]:
    """The documents of a project, or of one source of it, with their sources."""
    found = Document.objects.select_related("source").filter(
        project_id=project.pk, is_draft=False, source__chunk_count__gt=0
    )
    return found.filter(source_id=source_id) if source_id else found


def get_document(*, project: Project, document_id: UUID) -> Document | None:
    """The project's document, or None for any other id."""
    return select_documents(project=project).filter(pk=document_id).first()


def select_chunks(document: Document) -> QuerySet[Chunk]:
    """The chunks that a document is searched by, without their vectors."""
    return Chunk.objects.filter(document_id=document.pk, is_live=True).defer("embedding")


def whole_text(document: Document) -> str | None:
    """The text of a document, each character once; None if it is longer than MOST_CHARACTERS."""
    chunks = Chunk.objects.filter(document_id=document.pk, is_live=True)
    length = chunks.aggregate(length=Sum(Length("text")))["length"] or 0
    if length > MOST_CHARACTERS:
        return None
    rows = chunks.order_by("ordinal").values_list("joint", "text", "repeated_count")
    return "".join(joint + text[repeated:] for joint, text, repeated in rows).strip("\n")
