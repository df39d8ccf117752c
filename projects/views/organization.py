"""The organization: its name, and its members."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from projects.access import MemberRequest, member_view
from projects.forms import OrganizationForm
from projects.models import Member
from projects.organizations import RenamedMeanwhile, rename_organization

from .frame import render_page

RENAMED_MEANWHILE = (
    "Somebody else has renamed it meanwhile, to “%(name)s”. What you typed is kept here and not "
    "saved yet: save it again to put it in the place of theirs."
)


@require_http_methods(["GET", "HEAD"])
@member_view("project.view")
def organization(request: MemberRequest) -> HttpResponse:
    """What it is called, since when it is here, and who belongs to it."""
    name = request.access.organization.name
    return _page(request, OrganizationForm(initial={"name": name, "seen": name}))


@require_http_methods(["POST"])
@member_view("organization.edit")
def rename(request: MemberRequest) -> HttpResponseBase:
    """Give it another name."""
    form = OrganizationForm(request.POST)
    if form.is_valid():
        try:
            rename_organization(
                organization_id=request.access.organization.pk,
                seen=form.cleaned_data["seen"],
                name=form.cleaned_data["name"],
                by=request.access.actor,
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error("name", error)
        except RenamedMeanwhile as renamed:
            message = ValidationError(RENAMED_MEANWHILE, params={"name": renamed.name})
            form = OrganizationForm({"name": form.cleaned_data["name"], "seen": renamed.name})
            form.add_error("name", message)
        else:
            messages.success(request, "The organization's name was saved.")
            return redirect("projects:organization")
    return _page(request, form, status=422)


def _page(request: MemberRequest, form: OrganizationForm, *, status: int = 200) -> HttpResponse:
    return render_page(
        request,
        "projects/organization.html",
        room="organization",
        form=form,
        member_count=Member.objects.count(),
        status=status,
    )
