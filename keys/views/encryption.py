"""Whose keys seal the organization's content: what is told of them, rotated, chosen and left.

Key services are asked with no context open, and the pages work while a key is taken away.
"""

from collections.abc import Callable
from functools import wraps
from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from askorac.sealing import SealFault
from askorac.tenancy.context import tenant
from keys.encryption import can_rotate_wrapping_key, read_encryption
from keys.forms import AwsForm, OpenBaoForm
from keys.models import ServiceKind
from keys.own_services import check_service, choose_service, leave_service, own_service_of
from keys.rotation import rotate_data_key, rotate_wrapping_key
from projects.access import MemberRequest, MemberView, member_view
from projects.models import Role
from projects.reauthentication import reauthenticated, reauthenticated_button
from projects.views.frame import is_fragment_wanted, render_dialog, render_fragment, render_page

ROOM: Final = "encryption"
ROTATED: Final = "A new data key was made. It seals from a minute from now on."
REWRAPPED: Final = "The data keys are being wrapped anew."
WORKS: Final = "A round trip through this key works. Nothing was kept or changed."
CHOSEN: Final = "The data keys are being wrapped by your key. Nothing pauses meanwhile."
LEFT: Final = "The data keys are being wrapped by the installation's key alone."
OWNERS_ONLY: Final = "Only an owner changes the key service."

ServiceForm = OpenBaoForm | AwsForm


def _owners_only(view: MemberView[[]]) -> MemberView[[]]:
    """The key service is an owner's to change, before anybody is asked who they are."""

    @wraps(view)
    def asked(request: MemberRequest) -> HttpResponseBase:
        if not _may_choose(request):
            raise PermissionDenied(OWNERS_ONLY)
        return view(request)

    return asked


@require_safe
@member_view("encryption.manage", is_held=False)
def encryption(request: MemberRequest) -> HttpResponse:
    """The keys: whether they open, what wraps them, their versions, and work on them."""
    organization_id = request.access.organization.pk
    told = read_encryption(organization_id=organization_id, now=timezone.now())
    with tenant(organization_id):
        if is_fragment_wanted(request):
            return render_fragment(
                request,
                "keys/_encryption_work.html",
                project=None,
                encryption=told,
                may_choose=_may_choose(request),
            )
        return render_page(
            request,
            "keys/encryption.html",
            room=ROOM,
            encryption=told,
            can_rotate_wrapping_key=can_rotate_wrapping_key(),
            may_choose=_may_choose(request),
        )


@require_http_methods(["POST"])
@member_view("encryption.manage", is_held=False)
def ask_again(request: MemberRequest) -> HttpResponse:
    """Ask the key services whether they open the keys now."""
    organization_id = request.access.organization.pk
    told = read_encryption(organization_id=organization_id, now=timezone.now(), anew=True)
    if told.is_available:
        messages.success(request, "The keys open.")
    return redirect("keys:encryption")


@require_http_methods(["POST"])
@member_view("encryption.manage", is_held=False)
@reauthenticated_button(back="keys:encryption")
def rotate_data(request: MemberRequest) -> HttpResponse:
    """Make another data key."""
    return _do(request, rotate_data_key, ROTATED)


@require_http_methods(["POST"])
@member_view("encryption.manage", is_held=False)
@reauthenticated_button(back="keys:encryption")
def rotate_wrapping(request: MemberRequest) -> HttpResponse:
    """Make another wrapping key."""
    return _do(request, rotate_wrapping_key, REWRAPPED)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("encryption.manage", is_held=False)
@_owners_only
@reauthenticated
def choose_openbao(request: MemberRequest) -> HttpResponseBase:
    """Use a key in OpenBao or Vault."""
    return _choose(request, OpenBaoForm(request.POST or None), ServiceKind.OPENBAO)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("encryption.manage", is_held=False)
@_owners_only
@reauthenticated
def choose_aws(request: MemberRequest) -> HttpResponseBase:
    """Use a key in AWS KMS."""
    return _choose(request, AwsForm(request.POST or None), ServiceKind.AWS)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("encryption.manage", is_held=False)
@_owners_only
@reauthenticated
def leave(request: MemberRequest) -> HttpResponseBase:
    """Ask whether the organization's own key is to be left, and leave it."""
    organization_id = request.access.organization.pk
    if request.method == "POST":
        return _do(request, leave_service, LEFT)
    service = own_service_of(organization_id)
    with tenant(organization_id):
        return render_dialog(
            request,
            fragment="keys/_leave_service.html",
            page="keys/leave_service.html",
            room=ROOM,
            project=None,
            service=service,
        )


def _choose(request: MemberRequest, form: ServiceForm, kind: ServiceKind) -> HttpResponseBase:
    if form.is_valid() and _is_done(request, form):
        return redirect("keys:encryption")
    organization_id = request.access.organization.pk
    with tenant(organization_id):
        return render_page(
            request,
            f"keys/choose_{kind.value}.html",
            room=ROOM,
            form=form,
            organization_id=organization_id,
            status=422 if form.errors else 200,
        )


def _is_done(request: MemberRequest, form: ServiceForm) -> bool:
    """Whether the service was chosen. One that is only checked leaves its sentence."""
    organization_id, wanted = request.access.organization.pk, form.wanted()
    try:
        if request.POST.get("only") == "check":
            check_service(organization_id=organization_id, wanted=wanted)
            messages.success(request, WORKS)
            return False
        by, now = request.access.actor, timezone.now()
        choose_service(organization_id=organization_id, wanted=wanted, by=by, now=now)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    except SealFault as fault:
        form.add_error(None, fault.sentence)
        return False
    messages.success(request, CHOSEN)
    return True


def _do(request: MemberRequest, deed: Callable[..., object], sentence: str) -> HttpResponse:
    """Do it, say so, and go back to the keys; what a key service refuses is said there, too."""
    organization_id = request.access.organization.pk
    try:
        deed(organization_id=organization_id, by=request.access.actor, now=timezone.now())
    except SealFault as fault:
        messages.error(request, fault.sentence)
    else:
        messages.success(request, sentence)
    return redirect("keys:encryption")


def _may_choose(request: MemberRequest) -> bool:
    return request.access.role == Role.OWNER and not request.access.is_suspended
