"""Who is logged in: their name, and the ways to their addresses and password."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from projects.access import MemberRequest, member_view, user_view
from projects.forms import ProfileForm
from projects.models import User
from projects.profiles import rename_user
from projects.signing_in.second_factors import has_factor
from projects.signing_in.user_sessions import end_other_sessions, end_session, list_sessions

from .frame import render_page


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("project.view")
def account(request: MemberRequest) -> HttpResponseBase:
    """The person's own page. allauth does addresses and passwords."""
    form = ProfileForm(request.POST or None, initial={"name": request.user.name})
    if form.is_valid():
        try:
            rename_user(
                user=request.user,
                name=form.cleaned_data["name"],
                organization_id=request.access.organization.pk,
                by=request.access.actor,
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error("name", error)
        else:
            messages.success(request, "Your name was saved.")
            return redirect("projects:account")
    return render_page(
        request,
        "projects/account.html",
        room="account",
        form=form,
        sessions=list_sessions(request, user=request.user),
        has_factor=has_factor(request.user.pk),
        status=422 if form.errors else 200,
    )


@require_http_methods(["POST"])
@user_view
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End one session, by its number in `which`, or all `others`."""
    assert isinstance(request.user, User)
    which, now = request.POST.get("which", ""), timezone.now()
    if which == "others":
        count = end_other_sessions(request, user=request.user, now=now)
        messages.success(request, f"{count} session{'' if count == 1 else 's'} ended.")
    elif which.isascii() and which.isdigit() and len(which) < 19:
        ended = end_session(session_id=int(which), user=request.user, now=now)
        told = f"The session of {ended.device} was ended." if ended else "It was over already."
        messages.success(request, told)
    return redirect("projects:account")
