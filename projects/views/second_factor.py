"""Two factors: what an organization wants of its members, and where a member without one is led."""

from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_safe

from askorac.tenancy.context import tenant
from projects.access import MemberRequest, member_view, user_view
from projects.models import Organization, Role, User
from projects.reauthentication import reauthenticated_button
from projects.signing_in.second_factor_rule import (
    OWNERS_ONLY,
    go_back,
    is_second_factor_missing,
    keep_way_back,
    require_second_factor,
    way_back,
)
from projects.signing_in.second_factors import has_factor, members_without_factor
from projects.staff_access.grants import read_rule
from projects.switching import choice_of

from .frame import render_page


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("security.manage")
@reauthenticated_button(back="projects:security")
def security(request: MemberRequest) -> HttpResponse:
    """Whether two factors are required, how many members lack one, and the way to staff access."""
    error = _saved(request) if request.method == "POST" else ""
    if request.method == "POST" and not error:
        return redirect("projects:security")
    return render_page(
        request,
        "projects/security.html",
        room="security",
        error=error,
        is_owner=request.access.role == Role.OWNER,
        lacking=members_without_factor(),
        staff_rule=read_rule().rule,
        status=422 if error else 200,
    )


@require_safe
@user_view
def second_factor(request: HttpRequest) -> HttpResponse:
    """What a member meets whose organization requires two factors, and who has come with one."""
    assert isinstance(request.user, User)
    choice = choice_of(request, request.user)
    if choice.current is None:
        return redirect("projects:list")
    with tenant(choice.current):
        organization = Organization.objects.get()
    if not is_second_factor_missing(request, organization):
        return go_back(request)
    confirm_url = _confirm_url(request) if has_factor(request.user.pk) else ""
    if not confirm_url:
        keep_way_back(request)
    page = {
        "organization": organization,
        "confirm_url": confirm_url,
        "is_one_of_many": len(choice.all) > 1,
    }
    response = render(request, "projects/second_factor.html", page)
    add_never_cache_headers(response)
    return response


def _saved(request: MemberRequest) -> str:
    """Nothing, once it is saved; else what stands in the way."""
    is_required = request.POST.get("required") == "yes"
    if request.access.role != Role.OWNER:
        raise PermissionDenied(OWNERS_ONLY)
    try:
        require_second_factor(
            organization_id=request.access.organization.pk,
            is_required=is_required,
            has_own=has_factor(request.user.pk),
            by=request.access.actor,
            now=timezone.now(),
        )
    except ValidationError as error:
        return str(error.message)
    messages.success(request, f"Two factors are {'' if is_required else 'no longer '}required.")
    return ""


def _confirm_url(request: HttpRequest) -> str:
    """Where one of the person's factors is asked for."""
    url = get_adapter().get_reauthentication_methods(request.user)[0]["url"]
    return f"{url}?{urlencode({'next': way_back(request) or reverse('projects:list')})}"
