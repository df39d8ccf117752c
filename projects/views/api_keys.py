"""The organization's API keys: which there are, a new one shown once, and the end of one."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from projects.access import MemberRequest, member_view
from projects.api_keys import (
    MadeKey,
    create_api_key,
    get_api_key,
    list_api_keys,
    revoke_api_key,
)
from projects.forms import ApiKeyForm
from projects.models import Project, Role
from projects.reauthentication import reauthenticated, reauthenticated_button

from .frame import render_dialog, render_page


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("api_keys.manage")
@reauthenticated_button(back="projects:api_keys")
def api_keys(request: MemberRequest) -> HttpResponse:
    """The keys, and the form of a new one. That is shown in the answer to the form, and not again:
    so there is no redirect behind it."""
    projects = list(Project.objects.order_by(Lower("name"), "id"))
    form = ApiKeyForm(request.POST or None, projects=projects)
    made: MadeKey | None = None
    if form.is_valid():
        try:
            made = _make(request, form, projects)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            form = ApiKeyForm(None, projects=projects)
    return render_page(
        request,
        "projects/api_keys.html",
        room="api-keys",
        form=form,
        made=made,
        keys=list_api_keys(),
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("api_keys.manage")
@reauthenticated
def revoke(request: MemberRequest, api_key_id: UUID) -> HttpResponse:
    """Ask whether a key is to be revoked, and revoke it."""
    api_key = get_api_key(api_key_id)
    if api_key is None:
        raise Http404("No such key.")
    if request.method == "POST":
        revoke_api_key(api_key=api_key, by=request.access.actor, now=timezone.now())
        messages.success(request, f"“{api_key.name}” was revoked. It opens nothing any more.")
        return redirect("projects:api_keys")
    return render_dialog(
        request,
        fragment="projects/_revoke_key.html",
        page="projects/revoke_key.html",
        room="api-keys",
        project=None,
        api_key=api_key,
    )


def _make(request: MemberRequest, form: ApiKeyForm, projects: list[Project]) -> MadeKey:
    wanted = form.cleaned_data
    kept_to = next((each for each in projects if str(each.pk) == wanted["project"]), None)
    return create_api_key(
        name=wanted["name"],
        rights=wanted["rights"],
        project=kept_to,
        by=request.access.actor,
        now=timezone.now(),
        is_owners=request.access.role == Role.OWNER,
    )
