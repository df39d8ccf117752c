"""The page to which an invitation's link leads, for whoever opens it."""

from http import HTTPStatus
from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_safe

from projects.forms import JoinForm
from projects.membership.invitations import digest_of
from projects.membership.joining import (
    ForAnotherAddress,
    Invited,
    NoInvitation,
    accept,
    accept_as_new,
    is_theirs,
    read_invitation,
)
from projects.models import User
from projects.switching import switch_to
from projects.unconfirmed import give_way

OPENED: Final = "invitation_sha256"


@require_safe
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Remember what the link stands for, and leave its address: it is a secret.

    Of a link that leads to nothing, nothing is kept: strangers could make sessions without end.
    """
    digest = digest_of(token)
    try:
        read_invitation(digest)
    except NoInvitation:
        request.session.pop(OPENED, None)
    else:
        request.session[OPENED] = digest.hex()
    return redirect("projects:invitation")


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponseBase:
    """What is offered, to whom, and the ways to accept it."""
    digest = bytes.fromhex(request.session.get(OPENED, ""))
    try:
        invited = read_invitation(digest)
        if request.method != "POST":
            return _page(request, invited, form=JoinForm())
        if "log_out" in request.POST:
            return _log_out(request)
        if isinstance(request.user, User):
            return _accept(request, digest, invited, request.user)
        return _sign_up(request, digest, invited)
    except NoInvitation:
        return _gone(request)


def _log_out(request: HttpRequest) -> HttpResponse:
    """Out of an account that it is not for, and back here."""
    opened = request.session[OPENED]
    get_adapter().logout(request)
    request.session[OPENED] = opened
    return redirect("projects:invitation")


def _accept(request: HttpRequest, digest: bytes, invited: Invited, user: User) -> HttpResponse:
    try:
        organization_id = accept(digest=digest, user=user, now=timezone.now())
    except ForAnotherAddress:
        return _page(request, invited, status=HTTPStatus.FORBIDDEN)
    request.session.pop(OPENED, None)
    switch_to(request, organization_id)
    messages.success(request, f"You belong to {invited.organization} now.")
    return redirect("projects:list")


def _sign_up(request: HttpRequest, digest: bytes, invited: Invited) -> HttpResponseBase:
    form = JoinForm(request.POST)
    if not form.is_valid():
        return _page(request, invited, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        user, organization_id = accept_as_new(
            digest=digest, **form.cleaned_data, give_way=give_way, now=timezone.now()
        )
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, invited, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    request.session.pop(OPENED, None)
    for method in ("invitation", "password"):
        record_authentication(request, user, method)
    answer: HttpResponseBase = perform_login(
        request, user, redirect_url=reverse("projects:list"), email=invited.email
    )
    switch_to(request, organization_id)
    return answer


def _page(
    request: HttpRequest,
    invited: Invited,
    *,
    form: JoinForm | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    user = request.user if isinstance(request.user, User) else None
    context = {
        "invited": invited,
        "form": form,
        "is_theirs": user is not None and is_theirs(invited, user),
        "login_url": f"{reverse(settings.LOGIN_URL)}?next={reverse('projects:invitation')}",
    }
    return _render(request, "projects/invitation.html", context, status=status)


def _gone(request: HttpRequest) -> HttpResponse:
    return _render(request, "projects/invitation_gone.html", {}, status=HTTPStatus.NOT_FOUND)


def _render(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int
) -> HttpResponse:
    response = render(request, template, context, status=status)
    add_never_cache_headers(response)
    return response
