"""Invitations, as those see them who send them."""

from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from askorac.web.authenticated import FRESH
from projects.access import MemberRequest, member_view
from projects.membership.forms import InviteForm
from projects.membership.invitations import (
    TooManyInvitations,
    get_invitation,
    invite,
    send_again,
    withdraw,
)
from projects.membership.roles_shown import all_projects
from projects.models import Invitation, Role
from projects.reauthentication import ask_first, is_authenticated_within

from .frame import render_page
from .members import is_owner

NONE: Final = "No such invitation."


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("members.manage")
def send_invitation(request: MemberRequest) -> HttpResponse:
    """Ask somebody in."""
    form = InviteForm(request.POST or None, projects=all_projects(), is_owner=is_owner(request))
    if form.is_valid():
        offer = form.offer()
        if offer.role == Role.OWNER and not is_authenticated_within(request, FRESH):
            return ask_first(request, back=reverse("projects:invite"))
        try:
            invitation = invite(
                email=form.cleaned_data["email"],
                offer=offer,
                is_owner=is_owner(request),
                by=request.access.actor,
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error(None if not hasattr(error, "error_dict") else "email", error.messages)
        except TooManyInvitations as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"An invitation is on its way to {invitation.email}.")
            return redirect("projects:members")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render_page(request, "projects/invite.html", room="members", form=form, status=status)


@require_POST
@member_view("members.manage")
def repeat_invitation(request: MemberRequest, invitation_id: UUID) -> HttpResponse:
    """Send another mail, whose link is the only one from then on."""
    invitation = _invitation(invitation_id)
    try:
        send_again(
            invitation=invitation,
            is_owner=is_owner(request),
            by=request.access.actor,
            now=timezone.now(),
        )
    except TooManyInvitations as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Another mail is on its way to {invitation.email}.")
    return redirect("projects:members")


@require_POST
@member_view("members.manage")
def withdraw_invitation(request: MemberRequest, invitation_id: UUID) -> HttpResponse:
    """End an invitation."""
    invitation = _invitation(invitation_id)
    email = invitation.email
    withdraw(invitation=invitation, by=request.access.actor, now=timezone.now())
    messages.success(request, f"The invitation of {email} was withdrawn.")
    return redirect("projects:members")


def _invitation(invitation_id: UUID) -> Invitation:
    found = get_invitation(invitation_id)
    if found is None:
        raise Http404(NONE)
    return found
