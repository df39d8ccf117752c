"""Sources for our staff: how many and how large, and nothing of what they say, unless
their organization has let one of our staff in."""

from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from askorac.staff.metadata import MetadataAdmin
from askorac.staff.pages import page, render_page
from askorac.staff.reading import content_read

from .models import Source
from .staff_reading import get_for_staff, list_for_staff, text_for_staff


@admin.register(Source)
class SourceAdmin(MetadataAdmin):
    is_large = True
    list_display = (
        "short_id",
        "organization",
        "project_id",
        "kind",
        "size_bytes",
        "chunk_count",
        "created_at",
    )
    list_filter = ("kind", "created_at")
    ordering = ("-created_at",)


@page(
    "access/<uuid:organization_id>/projects/<uuid:project_id>/sources/",
    name="read_sources",
    is_fresh=True,
)
@require_safe
def read_sources(request: HttpRequest, organization_id: UUID, project_id: UUID) -> HttpResponse:
    """The documents of a project by their titles, page by page, under a grant."""
    with content_read(
        request,
        organization_id=organization_id,
        kind="sources",
        target_id=project_id,
    ):
        listed = list_for_staff(
            organization_id=organization_id,
            project_id=project_id,
            before=request.GET.get("before"),
        )
        return render_page(
            request,
            "staff/sources.html",
            title="Sources",
            listed=listed,
            organization_id=organization_id,
            project_id=project_id,
        )


@page(
    "access/<uuid:organization_id>/documents/<uuid:document_id>/",
    name="read_document",
    is_fresh=True,
)
@require_safe
def read_document(request: HttpRequest, organization_id: UUID, document_id: UUID) -> HttpResponse:
    """The text of one document, a stretch at a time, under a grant."""
    with content_read(
        request,
        organization_id=organization_id,
        kind="document",
        target_id=document_id,
    ):
        document = get_for_staff(organization_id=organization_id, document_id=document_id)
        if document is None:
            raise Http404("No such document.")
        pages, place = text_for_staff(document_id=document_id, at=_ordinal(request))
        return render_page(
            request,
            "staff/document.html",
            title=document.title or "Document",
            document=document,
            pages=pages,
            place=place,
            organization_id=organization_id,
        )


def _ordinal(request: HttpRequest) -> int:
    """Which chunk the stretch begins with; the first for whatever is no number."""
    given = request.GET.get("at", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0
