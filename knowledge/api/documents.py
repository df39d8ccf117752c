"""/api/v1/projects/{id}/documents/: what was understood of the sources."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.cursors import PageQuery, answer_page, read_page
from askorac.web.api.schema import operation, page_of
from askorac.web.paging import NEWEST_FIRST, Keyset, ordinal
from knowledge.documents import (
    get_document,
    opened_chunk,
    opened_document,
    select_chunks,
    select_documents,
    whole_text,
)
from knowledge.models import Document
from projects.api_views import ApiView
from projects.models import Project

IN_ORDER = Keyset("ordinal", ordinal, is_descending=False)


class DocumentShape(serializers.Serializer[Any]):
    """One text that came out of a source."""

    id = serializers.UUIDField()
    source_id = serializers.UUIDField()
    external_id = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField(help_text="Where a citation of it leads, or empty.")
    page_count = serializers.IntegerField(allow_null=True)
    chunk_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()

    class Meta:
        ref_name = "Document"


class WholeDocumentShape(DocumentShape):
    """A document with its text."""

    text = serializers.CharField(
        allow_null=True, help_text="All of it; null if it has more than five million characters."
    )

    class Meta:
        ref_name = "WholeDocument"


class ChunkShape(serializers.Serializer[Any]):
    """One embedded piece of a document."""

    id = serializers.UUIDField()
    ordinal = serializers.IntegerField(help_text="Its place in the document, from 0.")
    text = serializers.CharField()
    page = serializers.IntegerField(allow_null=True, help_text="From 1; null without pages.")
    heading = serializers.CharField()

    class Meta:
        ref_name = "Chunk"


class DocumentQuery(PageQuery):
    """Which documents are wanted."""

    source_id = serializers.UUIDField(required=False, help_text="Only those of this source.")


class Documents(ApiView):
    """The documents of a project."""

    group = "Documents"
    queries = {"GET": DocumentQuery}

    @operation("list_documents", "List documents", answer=page_of(DocumentShape))
    def get(self, request: Request, project_id: UUID) -> Response:
        """The documents that answers are taken from, the newest first."""
        wanted = self.query
        found = select_documents(
            project=self.project(project_id), source_id=wanted.get("source_id")
        )
        page = read_page(found, order=NEWEST_FIRST, query=wanted)
        return answer_page(request, page, lambda row: DocumentShape(opened_document(row)).data)


class OneDocument(ApiView):
    """One document."""

    group = "Documents"

    @operation("read_document", "Read a document", answer=WholeDocumentShape)
    def get(self, request: Request, project_id: UUID, document_id: UUID) -> Response:
        """One document with its text as it was understood."""
        document = _document(self.project(project_id), document_id)
        described = DocumentShape(opened_document(document)).data
        return Response({**described, "text": whole_text(document)})


class Chunks(ApiView):
    """The chunks of a document."""

    group = "Documents"
    queries = {"GET": PageQuery}

    @operation("list_chunks", "List a document's chunks", answer=page_of(ChunkShape))
    def get(self, request: Request, project_id: UUID, document_id: UUID) -> Response:
        """The pieces that a document is searched by, in its order. Neighbours may overlap."""
        document = _document(self.project(project_id), document_id)
        page = read_page(select_chunks(document), order=IN_ORDER, query=self.query)
        return answer_page(request, page, lambda row: ChunkShape(opened_chunk(row)).data)


def _document(project: Project, document_id: UUID) -> Document:
    document = get_document(project=project, document_id=document_id)
    if document is None:
        raise Http404
    return document


_ROOT = "projects/<uuid:project_id>/documents/"
urlpatterns = [
    path(_ROOT, Documents.as_view(), name="documents"),
    path(f"{_ROOT}<uuid:document_id>/", OneDocument.as_view(), name="document"),
    path(f"{_ROOT}<uuid:document_id>/chunks/", Chunks.as_view(), name="chunks"),
]
