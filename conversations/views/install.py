"""Putting the widget on a site: the sites that may carry it, and the line to paste."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from conversations.forms import DomainsForm
from projects.access import MemberRequest, get_project, member_view
from projects.lifecycle import set_allowed_domains
from projects.models import Position, Project
from projects.views.frame import render_page


@require_safe
@member_view("project.view")
def install(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """The steps, with the widget itself on the page."""
    project = get_project(project_id)
    form = DomainsForm(initial={"domains": "\n".join(project.allowed_domains)})
    return _page(request, project, form)


@require_POST
@member_view("project.edit")
def set_domains(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """Save the sites that may carry the widget."""
    project = get_project(project_id)
    form = DomainsForm(request.POST)
    if form.is_valid():
        try:
            set_allowed_domains(
                project=project,
                domains=form.cleaned_data["domains"],
                by=request.access.actor,
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error("domains", error)
        else:
            messages.success(request, _saved(project))
            return redirect("conversations:install", project.pk)
    return _page(request, project, form, status=422)


def _page(
    request: MemberRequest, project: Project, form: DomainsForm, status: int = 200
) -> HttpResponse:
    origin = settings.PUBLIC_URL
    return render_page(
        request,
        "conversations/install.html",
        room="install",
        project=project,
        status=status,
        form=form,
        origin=origin,
        socket_origin=origin.replace("http", "ws", 1),
        snippet=_snippet(project, origin),
    )


def _snippet(project: Project, origin: str) -> str:
    """The line to paste. The corner stands in it, since the button is drawn before we are asked."""
    attributes = f'data-orac-project="{project.public_key}"'
    if project.position != Position.RIGHT:
        attributes += f' data-orac-position="{project.position}"'
    return f'<script async src="{origin}/widget.js" {attributes}></script>'


def _saved(project: Project) -> str:
    count = len(project.allowed_domains)
    if not count:
        return "No site may carry the assistant now but our own pages."
    return f"{count} site{'' if count == 1 else 's'} may carry the assistant now."
