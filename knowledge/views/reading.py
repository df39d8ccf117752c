"""A source as it was understood: its text, page by page, and the chunks that are searched."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from knowledge.models import Source
from knowledge.reading import (
    ordinal_of_page,
    place_of_chunk,
    read_chunks,
    read_document,
    read_text,
)
from knowledge.source_rows import source_row
from knowledge.sources import get_source
from projects.access import MemberRequest, get_project, member_view
from projects.models import Project
from projects.views.frame import render_page

MOST_DIGITS: Final = 9


@require_safe
@member_view("project.view")
def text(request: MemberRequest, project_id: UUID, source_id: UUID) -> HttpResponse:
    """The text of a source as it was extracted; `?page=` leads to the stretch that a page is in."""
    project = get_project(project_id)
    source = get_known_source(project, source_id)
    document = read_document(source=source)
    if document is None:
        return _unread(request, project, source)
    if page := _number(request, "page"):
        at = ordinal_of_page(document_id=document.id, page=page)
        return redirect(f"{request.path}?{urlencode({'at': at})}#page-{page}")
    pages, place = read_text(document_id=document.id, at=_ordinal(request, source))
    return render_page(
        request,
        "knowledge/source_text.html",
        room="knowledge",
        project=project,
        source=source_row(source),
        document=document,
        pages=pages,
        place=place,
        view="text",
    )


@require_safe
@member_view("project.view")
def chunks(request: MemberRequest, project_id: UUID, source_id: UUID) -> HttpResponse:
    """The chunks of a source; `?at=` is the ordinal of one that is to be seen."""
    project = get_project(project_id)
    source = get_known_source(project, source_id)
    document = read_document(source=source)
    if document is None:
        return _unread(request, project, source)
    found, place = read_chunks(document_id=document.id, at=_ordinal(request, source))
    return render_page(
        request,
        "knowledge/source_chunks.html",
        room="knowledge",
        project=project,
        source=source_row(source),
        document=document,
        chunks=found,
        place=place,
        view="chunks",
    )


@require_safe
@member_view("project.view")
def chunk(request: MemberRequest, project_id: UUID, chunk_id: UUID) -> HttpResponse:
    """Leads from a chunk's id, which citations keep, to its place in its source."""
    project = get_project(project_id)
    place = place_of_chunk(project_id=project.pk, chunk_id=chunk_id)
    if place is None:
        raise Http404("No such chunk.")
    source_id, ordinal = place
    path = reverse("knowledge:chunks", args=[project.pk, source_id])
    return redirect(f"{path}?{urlencode({'at': ordinal})}#chunk-{ordinal}")


def get_known_source(project: Project, source_id: UUID) -> Source:
    """The project's source; 404 for any other id, foreign or made up alike."""
    source = get_source(project=project, source_id=source_id)
    if source is None:
        raise Http404("No such source.")
    return source


def _unread(request: MemberRequest, project: Project, source: Source) -> HttpResponse:
    return render_page(
        request,
        "knowledge/source_unread.html",
        room="knowledge",
        project=project,
        source=source_row(source),
    )


def _ordinal(request: HttpRequest, source: Source) -> int:
    return min(_number(request, "at"), max(source.chunk_count - 1, 0))


def _number(request: HttpRequest, name: str) -> int:
    """A number of the address; 0 for what is none."""
    given = request.GET.get(name, "")
    is_number = given.isascii() and given.isdecimal() and len(given) <= MOST_DIGITS
    return int(given) if is_number else 0
