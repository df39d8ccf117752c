"""The organizations of a user: which there are, the change from one to another, a further one."""

from http import HTTPStatus
from typing import Final, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects.access import user_view
from projects.forms import NewOrganizationForm
from projects.models import User
from projects.organizations import organizations_of
from projects.signing_in.signup import found_another
from projects.switching import choice_of, switch_to

NOT_YOURS: Final = "No such organization."


@require_http_methods(["GET", "HEAD", "POST"])
@user_view
def organizations(request: HttpRequest) -> HttpResponse:
    """All of them, and the form of a further one."""
    form = NewOrganizationForm(request.POST or None)
    if form.is_valid():
        name = form.cleaned_data["name"]
        try:
            founded = found_another(name=name, user=_user(request), now=timezone.now())
        except ValidationError as error:
            form.add_error("name", error)
        else:
            switch_to(request, founded)
            messages.success(request, "The organization was made. You are in it now.")
            return redirect("projects:list")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return _render(request, "projects/organizations.html", form=form, status=status)


@require_safe
@user_view
def menu(request: HttpRequest) -> HttpResponse:
    """The list alone, for the menu that opens beside the organization's name."""
    return _render(request, "projects/_organizations.html")


@require_POST
@user_view
def switch(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """Be in another organization from now on."""
    if organization_id not in choice_of(request, _user(request)).all:
        raise Http404(NOT_YOURS)
    switch_to(request, organization_id)
    return redirect("projects:list")


def _render(
    request: HttpRequest,
    template: str,
    *,
    form: NewOrganizationForm | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    user = _user(request)
    context = {
        "organizations": organizations_of(user.pk),
        "current_id": choice_of(request, user).current,
        "form": form,
    }
    response = render(request, template, context, status=status)
    add_never_cache_headers(response)
    return response


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
