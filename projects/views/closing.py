"""The end of a user's own account."""

from http import HTTPStatus
from typing import Final

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from projects.access import user_view
from projects.closing import OwnsAlone, delete_user, owned_alone
from projects.forms import DeleteAccountForm
from projects.models import User
from projects.reauthentication import reauthenticated_user

DELETED: Final = "Your account was deleted."


@require_http_methods(["GET", "HEAD", "POST"])
@user_view
@reauthenticated_user
def delete_account(request: HttpRequest) -> HttpResponseBase:
    """Delete one's account, once its address has been typed."""
    assert isinstance(request.user, User)
    form = DeleteAccountForm(request.POST or None, email=request.user.email)
    if form.is_valid():
        try:
            delete_user(user=request.user, now=timezone.now())
        except OwnsAlone as error:
            form.add_error(None, str(error))
        else:
            logout(request)
            messages.success(request, DELETED)
            return redirect("projects:landing")
    response = render(
        request,
        "projects/delete_account.html",
        {"form": form, "owned": owned_alone(request.user)},
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
    )
    add_never_cache_headers(response)
    return response
