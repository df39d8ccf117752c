"""The organization's provider keys: which there are, a new one, another one, and the end of one.

A key is asked about at its provider with no context open.
"""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from askorac.sealing import SealFault
from askorac.tenancy.context import tenant
from keys.choosing import shut_projects
from keys.forms import AddKeyForm, ReplaceKeyForm
from keys.models import ProviderKey
from keys.provider_keys import (
    add_provider_key,
    get_provider_key,
    list_provider_keys,
    release_provider_key,
    replace_provider_key,
    revoke_provider_key,
)
from projects.access import MemberRequest, member_view
from projects.models import Project
from projects.reauthentication import reauthenticated
from projects.views.frame import render_dialog, render_page

ROOM = "provider-keys"


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("keys.manage", is_held=False)
def provider_keys(request: MemberRequest) -> HttpResponseBase:
    """The keys, and the form of a new one."""
    organization_id = request.access.organization.pk
    with tenant(organization_id):
        projects = list(Project.objects.order_by(Lower("name"), "id"))
    chosen = request.GET.get("project", "")
    form = AddKeyForm(request.POST or None, projects=projects, chosen=chosen)
    if form.is_valid() and _is_added(request, form):
        messages.success(request, "The provider accepted the key. It is used from now on.")
        return redirect("keys:provider_keys")
    with tenant(organization_id):
        keys = list_provider_keys()
        return render_page(
            request,
            "keys/provider_keys.html",
            room=ROOM,
            form=form,
            keys=keys,
            shut_projects=shut_projects(projects, keys),
            status=422 if form.errors else 200,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("keys.manage", is_held=False)
@reauthenticated
def replace(request: MemberRequest, provider_key_id: UUID) -> HttpResponseBase:
    """Put another key in the place of one."""
    organization_id = request.access.organization.pk
    with tenant(organization_id):
        row = _find(provider_key_id)
    initial = {"label": row.label, "base_url": row.base_url, "model": row.model}
    form = ReplaceKeyForm(request.POST or None, initial=initial)
    if form.is_valid() and _is_replaced(request, form, row):
        messages.success(request, "The key was replaced. The new one is used from now on.")
        return redirect("keys:provider_keys")
    with tenant(organization_id):
        return render_page(
            request,
            "keys/replace_provider_key.html",
            room=ROOM,
            form=form,
            key=row,
            status=422 if form.errors else 200,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("keys.manage")
@reauthenticated
def revoke(request: MemberRequest, provider_key_id: UUID) -> HttpResponse:
    """Ask whether a key is to be revoked, and revoke it."""
    row = _find(provider_key_id)
    if request.method == "POST":
        revoke_provider_key(row=row, by=request.access.actor, now=timezone.now())
        messages.success(request, f"“{row.label}” was revoked. What was kept of it is destroyed.")
        return redirect("keys:provider_keys")
    return render_dialog(
        request,
        fragment="keys/_revoke_provider_key.html",
        page="keys/revoke_provider_key.html",
        room=ROOM,
        project=None,
        key=row,
    )


@require_http_methods(["POST"])
@member_view("keys.manage")
def release(request: MemberRequest, provider_key_id: UUID) -> HttpResponse:
    """Let other accounts answer in the place of a revoked key."""
    row = _find(provider_key_id)
    release_provider_key(row=row, by=request.access.actor, now=timezone.now())
    messages.success(request, f"Other accounts answer in the place of “{row.label}” again.")
    return redirect("keys:provider_keys")


def _find(key_id: UUID) -> ProviderKey:
    row = get_provider_key(key_id)
    if row is None:
        raise Http404("No such key.")
    return row


def _is_added(request: MemberRequest, form: AddKeyForm) -> bool:
    kept_to = form.cleaned_data["project_id"]
    try:
        add_provider_key(
            organization_id=request.access.organization.pk,
            project_id=UUID(kept_to) if kept_to else None,
            new=form.new_key(form.cleaned_data["provider"]),
            by=request.access.actor,
            now=timezone.now(),
        )
    except ValidationError as error:
        form.add_error(None, error)
    except SealFault as fault:
        form.add_error(None, fault.sentence)
    return not form.errors


def _is_replaced(request: MemberRequest, form: ReplaceKeyForm, row: ProviderKey) -> bool:
    try:
        replace_provider_key(
            organization_id=request.access.organization.pk,
            key_id=row.pk,
            new=form.new_key(row.provider),
            by=request.access.actor,
            now=timezone.now(),
        )
    except ValidationError as error:
        form.add_error(None, _of_form(error, form))
    except SealFault as fault:
        form.add_error(None, fault.sentence)
    except ProviderKey.DoesNotExist:
        form.add_error(None, "This key is revoked. Add a new one instead.")
    return not form.errors


def _of_form(error: ValidationError, form: ReplaceKeyForm) -> ValidationError:
    """The sentences under the fields that there are; of the others, above the form."""
    by_field = error.message_dict
    if set(by_field) <= set(form.fields):
        return error
    return ValidationError([each for texts in by_field.values() for each in texts])
