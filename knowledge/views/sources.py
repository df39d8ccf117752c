"""The list of sources, and what a member does to one of them."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from knowledge.ingestion.extractors.formats import NAMES, SUFFIXES
from knowledge.shelves import sum_up
from knowledge.source_rows import source_row
from knowledge.sources import read_again, remove
from projects.access import MemberRequest, get_project, member_view
from projects.models import Project
from projects.reauthentication import reauthenticated
from projects.views.frame import is_fragment_wanted, render_dialog, render_fragment, render_page

from .reading import get_known_source
from .shelf import shown, view_of


@require_safe
@member_view("project.view")
def source_list(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """What the project knows. A poll that says what it has seen gets an answer only to news."""
    project = get_project(project_id)
    sources = shown(project, view_of(request))
    if is_fragment_wanted(request):
        if request.GET.get("seen") == sources.version:
            return HttpResponse(status=204)
        return render_fragment(request, "knowledge/_sources.html", project=project, sources=sources)
    return render_page(
        request,
        "knowledge/sources.html",
        room="knowledge",
        project=project,
        sources=sources,
        max_bytes=settings.UPLOAD_MAX_BYTES,
        max_files=settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        accept=",".join(SUFFIXES),
        formats=NAMES,
    )


@require_POST
@member_view("project.edit")
def retry_source(request: MemberRequest, project_id: UUID, source_id: UUID) -> HttpResponse:
    """Queue a source again: one that failed, or a page that is to be fetched anew."""
    project = get_project(project_id)
    source = get_known_source(project, source_id)
    read_again(source=source, by=request.access.actor, now=timezone.now())
    return _changed(request, project, f"“{source_row(source).name}” is being read again.")


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("project.edit")
@reauthenticated
def remove_source(request: MemberRequest, project_id: UUID, source_id: UUID) -> HttpResponse:
    """Ask whether a source is to be removed, and remove it."""
    project = get_project(project_id)
    source = get_known_source(project, source_id)
    row = source_row(source)
    if request.method == "POST":
        remove(source=source, by=request.access.actor, now=timezone.now())
        return _changed(request, project, f"“{row.name}” was removed.")
    return render_dialog(
        request,
        fragment="knowledge/_remove.html",
        page="knowledge/remove.html",
        room="knowledge",
        project=project,
        source=row,
        view=view_of(request),
    )


@require_safe
@member_view("project.view")
def panel(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The project overview's panel about its knowledge."""
    project = get_project(project_id)
    return render_fragment(
        request, "knowledge/_panel.html", project=project, sums=sum_up(project=project)
    )


def _changed(request: MemberRequest, project: Project, sentence: str) -> HttpResponse:
    """The list as it is after a change: in place for htmx, else as its page."""
    messages.success(request, sentence)
    if is_fragment_wanted(request):
        sources = shown(project, view_of(request))
        return render_fragment(request, "knowledge/_changed.html", project=project, sources=sources)
    return _back(request, project)


def _back(request: MemberRequest, project: Project) -> HttpResponse:
    """To the list as the member looked at it."""
    path = reverse("knowledge:sources", args=[project.pk])
    query = view_of(request).query
    return redirect(f"{path}?{query}" if query else path)
