"""The ways in which a member adds a source: files, a web page, and a pasted text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from askorac.tenancy.context import tenant
from knowledge.files import StorageAway
from knowledge.forms import PageForm, TextForm
from knowledge.source_rows import source_row
from knowledge.sources import add_file, add_page, add_text, page_at, refresh
from projects.access import MemberRequest, get_project, member_view
from projects.models import Project
from projects.views.frame import render_page

NO_FILE = "No file arrived. Choose at least one."


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was not added, with a reason to act on, and the status that says whose fault."""

    name: str
    reason: str
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY


@require_POST
@member_view("project.edit", is_held=False)
def upload(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """Add the files of a form: one at a time for the script, which reads JSON, else all at once.

    No transaction is open while they are written.
    """
    with tenant(request.access.organization.pk):
        project = get_project(project_id)
    files = request.FILES.getlist("files")
    refusals = _refusals(request, project, files)
    if request.headers.get("Accept") == "application/json":
        return _as_json(files, refusals)
    added_count = len(files) - len(refusals)
    if not files:
        messages.error(request, NO_FILE)
    elif refusals:
        return _refused_page(request, project, refusals, added_count)
    else:
        words = f"“{files[0].name}” was" if added_count == 1 else f"{added_count} files were"
        messages.success(request, f"{words} added.")
    return redirect("knowledge:sources", project.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("project.edit", is_form=True)
def add_web_page(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The form of a web page's address; the page is fetched by a worker. One that is there
    already is fetched again."""
    project = get_project(project_id)
    form = PageForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return _with_page(request, project, form.cleaned_data["url"])
        except ValidationError as error:
            form.add_error("url", error)
    return render_page(
        request,
        "knowledge/page.html",
        room="knowledge",
        project=project,
        form=form,
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("project.edit", is_form=True)
def paste_text(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The form of a pasted text."""
    project = get_project(project_id)
    form = TextForm(request.POST or None)
    wrong: int = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            source = add_text(
                project=project,
                title=form.cleaned_data["title"],
                text=form.cleaned_data["text"],
                by=request.access.actor,
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error(None, error)
        except StorageAway as away:
            form.add_error(None, str(away))
            wrong = HTTPStatus.SERVICE_UNAVAILABLE
        else:
            messages.success(request, f"“{source_row(source).name}” was added.")
            return redirect("knowledge:sources", project.pk)
    return render_page(
        request,
        "knowledge/text.html",
        room="knowledge",
        project=project,
        form=form,
        status=wrong if form.errors else 200,
    )


def _with_page(request: MemberRequest, project: Project, url: str) -> HttpResponse:
    """Lead to the list with a new page, or to the page that is there. Raises ValidationError."""
    by, now = request.access.actor, timezone.now()
    there = page_at(project=project, url=url)
    if there is None:
        source = add_page(project=project, url=url, by=by, now=now)
        messages.success(request, f"“{source_row(source).name}” was added.")
        return redirect("knowledge:sources", project.pk)
    refresh(source=there, by=by, now=now)
    name = source_row(there).name
    messages.success(request, f"“{name}” was there already. It is fetched again.")
    return redirect("knowledge:source", project.pk, there.pk)


def _refused_page(
    request: MemberRequest, project: Project, refusals: list[Refusal], added_count: int
) -> HttpResponse:
    with tenant(request.access.organization.pk):
        return render_page(
            request,
            "knowledge/upload.html",
            room="knowledge",
            project=project,
            status=refusals[0].status,
            refusals=refusals,
            added_count=added_count,
        )


def _refusals(
    request: MemberRequest, project: Project, files: list[UploadedFile[Any]]
) -> list[Refusal]:
    """Add the files one after the other; once the storage is away, the rest is not tried."""
    refusals: list[Refusal] = []
    for file in files:
        if refusals and refusals[-1].status == HTTPStatus.SERVICE_UNAVAILABLE:
            refusals.append(replace(refusals[-1], name=file.name or ""))
        elif refusal := _refusal(request, project, file):
            refusals.append(refusal)
    return refusals


def _refusal(request: MemberRequest, project: Project, file: UploadedFile[Any]) -> Refusal | None:
    try:
        add_file(project=project, upload=file, by=request.access.actor, now=timezone.now())
    except ValidationError as error:
        return Refusal(name=file.name or "", reason=" ".join(error.messages))
    except StorageAway as away:
        return Refusal(
            name=file.name or "", reason=str(away), status=HTTPStatus.SERVICE_UNAVAILABLE
        )
    return None


def _as_json(files: list[UploadedFile[Any]], refusals: list[Refusal]) -> JsonResponse:
    if refusals or not files:
        reason = refusals[0].reason if refusals else NO_FILE
        return JsonResponse({"detail": reason}, status=refusals[0].status if refusals else 422)
    return JsonResponse({"added": len(files)}, status=201)
