"""The list of projects, and each one's overview and end."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from askorac.web.paging import NEWEST_FIRST, read_page
from projects.access import MemberRequest, get_project, member_view
from projects.deletion import GRACE, closed_now, schedule_project, take_back_project
from projects.forms import DeleteForm, ProjectForm
from projects.lifecycle import create_project
from projects.reauthentication import reauthenticated
from projects.retention.holds import is_held, with_holds
from projects.wording import one_line

from .frame import render_dialog, render_page

PAGE: Final = 48


@require_safe
@member_view("project.view")
def project_list(request: MemberRequest) -> HttpResponse:
    """The projects of the organization that are there for the member, the newest first, page by
    page; or those whose name has some words in it."""
    words, before = one_line(request.GET.get("words", "")), request.GET.get("before")
    found = with_holds(request.access.visible_projects())
    if words:
        found = found.filter(name__icontains=words)
    page = read_page(found, order=NEWEST_FIRST, cursor=before, limit=PAGE)
    return render_page(
        request,
        "projects/list.html",
        room="projects",
        projects=page.rows,
        older=page.next,
        is_first=not before,
        words=words,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("project.create", is_form=True)
def new_project(request: MemberRequest) -> HttpResponse:
    """The form of a new project."""
    form = ProjectForm(request.POST or None)
    if form.is_valid():
        try:
            project = create_project(
                name=form.cleaned_data["name"], by=request.access.actor, now=timezone.now()
            )
        except ValidationError as error:
            form.add_error("name", error)
        else:
            messages.success(request, f"“{project.name}” was created.")
            return redirect("projects:overview", project.pk)
    return render_page(
        request, "projects/new.html", room="new", form=form, status=422 if form.errors else 200
    )


@require_safe
@member_view("project.view")
def overview(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """One project: a frame whose panels are served by the apps that own what they show."""
    project = get_project(project_id)
    return render_page(request, "projects/overview.html", room="overview", project=project)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("project.delete", while_ending=True)
@reauthenticated
def delete(request: MemberRequest, project_id: UUID) -> HttpResponseBase:
    """Have a project deleted after its grace period, once its name has been typed."""
    project = get_project(project_id)
    form = DeleteForm(request.POST or None, name=project.name, kind="project")
    if form.is_valid():
        when = schedule_project(project=project, by=request.access.actor, now=timezone.now())
        told = closed_now(name=project.name, deletes_at=when, is_kept_by_hold=is_held(project.pk))
        messages.success(request, told)
        return redirect("projects:overview", project.pk)
    return render_dialog(
        request,
        fragment="projects/_delete.html",
        page="projects/delete.html",
        room="settings",
        project=project,
        form=form,
        grace_days=GRACE.days,
        is_kept_by_hold=is_held(project.pk),
        status=422 if form.errors else 200,
    )


@require_POST
@member_view("project.delete", while_ending=True)
def take_back(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """Keep a project that was to be deleted."""
    project = get_project(project_id)
    try:
        take_back_project(project=project, by=request.access.actor, now=timezone.now())
    except ValidationError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"“{project.name}” is kept, and answers again.")
    return redirect("projects:overview", project.pk)
