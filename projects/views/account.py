"""Who is logged in: their name, and the ways to their addresses and password."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from projects.access import MemberRequest, access_of, user_view
from projects.forms import ProfileForm
from projects.models import User
from projects.profiles import rename_user
from projects.signing_in.second_factor_rule import is_second_factor_missing
from projects.signing_in.second_factors import has_factor
from projects.signing_in.user_sessions import end_other_sessions, end_session, list_sessions
from projects.switching import choice_of
from projects.trail.recording import Actor

from .frame import render_page


@require_http_methods(["GET", "HEAD", "POST"])
@user_view
def account(request: HttpRequest) -> HttpResponse:
    """The person's own page, whether they belong to an organization or not: one who is no member
    any more still has sessions to end. allauth does addresses and passwords."""
    user = _user(request)
    form = ProfileForm(request.POST or None, initial={"name": user.name})
    if form.is_valid():
        try:
            rename_user(
                user=user,
                name=form.cleaned_data["name"],
                organization_id=choice_of(request, user).current,
                by=Actor(kind="member", id=user.pk, label=user.email),
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error("name", error)
        else:
            messages.success(request, "Your name was saved.")
            return redirect("projects:account")
    return _page(
        request,
        form=form,
        sessions=list_sessions(request, user=user),
        has_factor=has_factor(user.pk),
        status=422 if form.errors else 200,
    )


@require_http_methods(["POST"])
@user_view
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End one session, by its number in `which`, or all `others`."""
    user = _user(request)
    which, now = request.POST.get("which", ""), timezone.now()
    if which == "others":
        count = end_other_sessions(request, user=user, now=now)
        messages.success(request, f"{count} session{'' if count == 1 else 's'} ended.")
    elif which.isascii() and which.isdigit() and len(which) < 19:
        ended = end_session(session_id=int(which), user=user, now=now)
        told = f"The session of {ended.device} was ended." if ended else "It was over already."
        messages.success(request, told)
    return redirect("projects:account")


def _page(request: HttpRequest, *, status: int, **context: Any) -> HttpResponse:
    """With the dashboard around it, if one of the person's organizations lets them in."""
    user = _user(request)
    choice = choice_of(request, user)
    if choice.current is not None:
        keyrings.warm(choice.current)
        with tenant(choice.current):
            access = access_of(user, is_one_of_many=len(choice.all) > 1)
            if not is_second_factor_missing(request, access.organization):
                asked = cast(MemberRequest, request)
                asked.access = access
                page = "projects/account.html"
                return render_page(asked, page, room="account", status=status, **context)
    response = render(request, "projects/account_alone.html", context, status=status)
    add_never_cache_headers(response)
    return response


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
