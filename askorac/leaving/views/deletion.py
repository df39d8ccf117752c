"""The page “Export and deletion”, and the deletion of the organization."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from askorac.leaving.exports import KEPT_FOR
from askorac.leaving.forms import ImportForm
from askorac.tenancy.context import tenant
from projects.access import MemberRequest, member_view
from projects.deletion import GRACE, closed_now, schedule_organization, take_back_organization
from projects.forms import DeleteForm
from projects.models import Role
from projects.reauthentication import reauthenticated
from projects.retention.holds import is_held
from projects.views.frame import render_dialog, render_page

from .listing import shown_exports, shown_imports


@require_safe
@member_view("export.make")
def page(request: MemberRequest) -> HttpResponse:
    """What can be taken along and brought in, and how the organization is deleted."""
    return render_leaving(request, ImportForm())


def render_leaving(request: MemberRequest, form: ImportForm, *, status: int = 200) -> HttpResponse:
    """The page, with the form of an import; in the open context."""
    return render_page(
        request,
        "leaving/page.html",
        room="leaving",
        grace_days=GRACE.days,
        kept_days=KEPT_FOR.days,
        form=form,
        may_import=request.access.role == Role.OWNER and not request.access.is_ending,
        status=status,
        **shown_exports(),
        **shown_imports(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("organization.delete", is_held=False, while_ending=True)
@reauthenticated
def delete(request: MemberRequest) -> HttpResponseBase:
    """Have the organization deleted after its grace period, once its name has been typed."""
    organization = request.access.organization
    form = DeleteForm(request.POST or None, name=organization.name, kind="organization")
    if form.is_valid():
        when = schedule_organization(
            organization_id=organization.pk, by=request.access.actor, now=timezone.now()
        )
        with tenant(organization.pk):
            is_kept = is_held(None)
        told = closed_now(name=organization.name, deletes_at=when, is_kept_by_hold=is_kept)
        messages.success(request, told)
        return redirect("leaving:page")
    with tenant(organization.pk):
        return render_dialog(
            request,
            fragment="leaving/_delete.html",
            page="leaving/delete.html",
            room="leaving",
            project=None,
            form=form,
            grace_days=GRACE.days,
            is_kept_by_hold=is_held(None),
            status=422 if form.errors else 200,
        )


@require_POST
@member_view("organization.delete", is_held=False, while_ending=True)
def take_back(request: MemberRequest) -> HttpResponse:
    """Keep an organization that was to be deleted."""
    organization = request.access.organization
    try:
        take_back_organization(
            organization_id=organization.pk, by=request.access.actor, now=timezone.now()
        )
    except ValidationError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"“{organization.name}” is kept, and its assistants answer.")
    return redirect("leaving:page")
