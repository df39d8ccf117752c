"""The organization: its name, its members, and what was done in it."""

from datetime import UTC, datetime, time
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from projects.access import MemberRequest, member_view
from projects.forms import OrganizationForm, TrailForm
from projects.organizations import (
    Fellow,
    RenamedMeanwhile,
    list_members,
    rename_organization,
)
from projects.trail import Wanted, read_trail

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


@require_safe
@member_view("audit.read")
def trail(request: MemberRequest) -> HttpResponse:
    """The audit events, filtered, page by page."""
    members = list_members()
    form = TrailForm(request.GET, members=members)
    wanted = _wanted(form) if form.is_valid() else Wanted()
    page = read_trail(wanted=wanted, before=request.GET.get("before"))
    return render_page(
        request,
        "projects/trail.html",
        room="trail",
        form=form,
        page=page,
        is_filtered=wanted != Wanted(),
        is_first=not request.GET.get("before"),
        newest=_query(request.GET),
        older=_query(request.GET, before=page.older) if page.older else "",
        status=200 if form.is_valid() else 422,
    )


def _page(request: MemberRequest, form: OrganizationForm, *, status: int = 200) -> HttpResponse:
    members: list[Fellow] = list_members()
    return render_page(
        request,
        "projects/organization.html",
        room="organization",
        form=form,
        members=members,
        status=status,
    )


def _wanted(form: TrailForm) -> Wanted:
    chosen = form.cleaned_data
    actor, since, until = chosen["actor"], chosen["since"], chosen["until"]
    is_kind = actor in TrailForm.KINDS
    return Wanted(
        action=chosen["action"],
        actor_kind=actor if is_kind else "",
        actor_id=UUID(actor) if actor and not is_kind else None,
        since=datetime.combine(since, time.min, UTC) if since else None,
        until=datetime.combine(until, time.max, UTC) if until else None,
    )


def _query(given: QueryDict, *, before: str | None = None) -> str:
    kept = given.copy()
    kept.pop("before", None)
    if before is not None:
        kept["before"] = before
    return kept.urlencode()
