"""Asking again who it is, before what can't be undone."""

from collections.abc import Callable
from datetime import timedelta
from functools import update_wrapper
from typing import Final, ParamSpec, cast
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from askorac.web.authenticated import FRESH

from .access import LOOKING, MemberRequest, MemberView, View
from .signing_in.second_factors import proved_at

P = ParamSpec("P")

# A form that was opened in time may be filled in for as long again.
FILLING: Final = timedelta(minutes=15)
DO_IT_AGAIN: Final = "You are confirmed. Nothing was changed yet: do it once more."


def reauthenticated(view: MemberView[P]) -> MemberView[P]:
    """Let a member open and send the form of what can't be undone after a login of late only.

    Below `member_view`. Whoever gave their second factor more than 15 minutes ago, or the password
    if they have none, is asked for it and then led back. That happens before the form is shown, so
    that nothing typed is lost; nothing of it, which may be a credential, is kept in the session.
    """

    def asked(request: MemberRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        allowed = FRESH if request.method in LOOKING else FRESH + FILLING
        if is_authenticated_within(request, allowed):
            return view(request, *args, **kwargs)
        return _ask(request, back=request.get_full_path())

    return cast(MemberView[P], update_wrapper(asked, view))


def reauthenticated_user(view: View[P]) -> View[P]:
    """The same for a view of all who are logged in, below `user_view`."""
    return cast(View[P], reauthenticated(cast(MemberView[P], view)))


def reauthenticated_button(*, back: str) -> Callable[[MemberView[P]], MemberView[P]]:
    """The same for a button, or a small form, on a page that may be looked at without: `back` is
    the name of that page's address."""

    def decorate(view: MemberView[P]) -> MemberView[P]:
        def asked(request: MemberRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method in LOOKING or is_authenticated_within(request, FRESH):
                return view(request, *args, **kwargs)
            return ask_first(request, back=reverse(back))

        return cast(MemberView[P], update_wrapper(asked, view))

    return decorate


def ask_first(request: HttpRequest, *, back: str) -> HttpResponse:
    """The way to the page that asks, and from there to `back`, where nothing was changed yet."""
    messages.info(request, DO_IT_AGAIN)
    return _ask(request, back=back)


def is_authenticated_within(request: HttpRequest, age: timedelta) -> bool:
    """Whether the person gave a second factor, or without having one the password, no longer ago
    than that."""
    last = proved_at(request)
    return last is not None and timezone.now() - last <= age


def _ask(request: HttpRequest, *, back: str) -> HttpResponse:
    """The way to the page that asks; for htmx in the header that makes it leave this page."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    page = methods[0]["url"] if methods else reverse("account_reauthenticate")
    address = f"{page}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
