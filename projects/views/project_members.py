"""Members in one project: who sees it, as what, and roles that hold in it alone."""

from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from projects.access import MemberRequest, get_project, member_view
from projects.membership.forms import ProjectRoleForm
from projects.membership.members import ABOVE, NoSuchMember, set_project_role
from projects.models import ProjectMember, ProjectRole
from projects.organizations import Fellow, get_fellow, read_members

from .frame import render_page

NOBODY: Final = "No such member."


@require_safe
@member_view("members.manage")
def project_members(request: MemberRequest, project_id: UUID) -> HttpResponse:
    """Each member with their role in this project."""
    project = get_project(project_id)
    words = request.GET.get("words", "")
    page = read_members(words=words, after=request.GET.get("after"))
    here = ProjectMember.objects.filter(project_id=project_id)
    shown = [each.member_id for each in page.members]
    own = {row.member_id: row for row in here.filter(member_id__in=shown)}
    return render_page(
        request,
        "projects/project_members.html",
        room="settings",
        project=project,
        rows=[(each, row := own.get(each.member_id), _seen_as(each, row)) for each in page.members],
        page=page,
        words=words,
        is_first=not request.GET.get("after"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("members.manage")
def project_member(request: MemberRequest, project_id: UUID, member_id: UUID) -> HttpResponse:
    """One member's role in this project, and the change of it."""
    project = get_project(project_id)
    row = get_fellow(member_id)
    if row is None:
        raise Http404(NOBODY)
    own = ProjectMember.objects.filter(project_id=project_id, member_id=member_id).first()
    initial = {"role": own.role, "reads_conversations": own.reads_conversations} if own else {}
    form = ProjectRoleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            set_project_role(
                organization_id=request.access.organization.pk,
                member_id=member_id,
                wanted=form.wanted(project_id),
                project_id=project_id,
                project_name=project.name,
                by=request.access.actor,
                now=timezone.now(),
            )
        except NoSuchMember:
            raise Http404(NOBODY) from None
        messages.success(request, f"The role of {row.called} was saved.")
        return redirect("projects:project_members", project_id)
    return render_page(
        request,
        "projects/project_member.html",
        room="settings",
        project=project,
        member=row,
        form=form,
        is_above=row.role in ABOVE,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
    )


def _seen_as(fellow: Fellow, own: ProjectMember | None) -> str:
    """What a member is in the project, in a word; empty if it is not there for them."""
    if fellow.role in ABOVE:
        return fellow.role
    if own is not None:
        return "" if own.role == ProjectRole.NONE else own.role
    return "" if fellow.is_limited else fellow.role
