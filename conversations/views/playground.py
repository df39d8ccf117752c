"""Asking a project from inside the dashboard."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from keys.clients import models_of
from knowledge.sources import has_ready_source
from projects.access import MemberRequest, get_project, member_view
from projects.views.frame import render_page


@require_safe
@member_view("project.view")
def playground(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The conversation itself runs over the same socket as the widget's."""
    project = get_project(project_id)
    return render_page(
        request,
        "conversations/playground.html",
        room="playground",
        project=project,
        model=models_of(project),
        has_knowledge=has_ready_source(project=project),
    )
