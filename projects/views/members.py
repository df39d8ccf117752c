"""Members of the organization: who there is, what each may do, and who goes."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from askorac.web.authenticated import FRESH
from projects.access import MemberRequest, member_view
from projects.api_keys import count_owners_keys
from projects.membership.forms import MemberForm
from projects.membership.invitations import list_invitations
from projects.membership.members import (
    LastOwner,
    NoSuchMember,
    change_member,
    is_owned_by_one,
    leave_organization,
    remove_member,
    transfer_ownership,
)
from projects.membership.roles_shown import projects_for_roles, projects_named
from projects.membership.seeing import sights_of
from projects.models import Project, ProjectMember, Role
from projects.organizations import Fellow, get_fellow, read_members
from projects.reauthentication import ask_first, is_authenticated_within, reauthenticated
from projects.wording import one_line

from .frame import render_dialog, render_page

NOBODY: Final = "No such member."


@require_safe
@member_view("project.view")
def members(request: MemberRequest) -> HttpResponse:
    """Who belongs to the organization, what each sees, and who is invited."""
    access, words = request.access, request.GET.get("words", "")
    after = request.GET.get("after")
    found = read_members(
        words=words, after=after, user_id=access.user_id if access.is_limited else None
    )
    may_manage = access.may("members.manage")
    # Names of projects are for those who see all of them.
    sights = sights_of(found.members) if may_manage else {}
    return render_page(
        request,
        "projects/members.html",
        room="members",
        page=found,
        rows=[(each, sights.get(each.member_id)) for each in found.members],
        words=words,
        is_first=not after,
        invitations=list_invitations() if may_manage else [],
        is_owner=is_owner(request),
        is_last_owner=is_owner(request) and is_owned_by_one(),
        now=timezone.now(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("members.manage")
def member(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """What one member may do, and the change of it."""
    row, words = _member(member_id), one_line(request.GET.get("words", ""))
    own = list(ProjectMember.objects.filter(member_id=member_id))
    sent = request.POST or None
    form = MemberForm(
        sent,
        member=row,
        own=own,
        projects=projects_named(sent) if sent else projects_for_roles(own, words=words),
        is_owner=is_owner(request),
    )
    if form.is_valid():
        wanted, name = form.standing(), row.called
        is_about_owners = wanted.role != row.role and Role.OWNER in {wanted.role, row.role}
        if is_about_owners and not is_authenticated_within(request, FRESH):
            return ask_first(request, back=request.get_full_path())
        return _done(
            request,
            lambda: change_member(
                organization_id=request.access.organization.pk,
                member_id=member_id,
                standing=wanted,
                is_owner=is_owner(request),
                by=request.access.actor,
                now=timezone.now(),
            ),
            f"What {name} may do was saved. It holds from their next page on.",
        )
    return render_page(
        request,
        "projects/member.html",
        room="members",
        form=form,
        member=row,
        may_change=row.role != Role.OWNER or is_owner(request),
        is_owner=is_owner(request),
        words=words,
        project_count=Project.objects.count(),
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("members.manage")
@reauthenticated
def remove(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """Ask whether a member is to be removed, and remove them."""
    row = _member(member_id)
    if request.method != "POST":
        return _ask(request, "remove_member", member=row)
    return _done(
        request,
        lambda: remove_member(
            organization_id=request.access.organization.pk,
            member_id=member_id,
            is_owner=is_owner(request),
            by=request.access.actor,
            now=timezone.now(),
        ),
        f"{row.called} was removed, and sees nothing here any more.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("organization.delete")
@reauthenticated
def transfer(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """Ask whether a member is to be owner in one's own place, and make them that."""
    row = _member(member_id)
    if request.method != "POST":
        keys = count_owners_keys(request.access.user_id)
        return _ask(request, "transfer", member=row, key_count=keys)
    return _done(
        request,
        lambda: transfer_ownership(
            organization_id=request.access.organization.pk,
            member_id=member_id,
            user_id=request.access.user_id,
            by=request.access.actor,
            now=timezone.now(),
        ),
        f"{row.called} owns the organization now. You are an admin.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("project.view", while_ending=True)
@reauthenticated
def leave(request: MemberRequest) -> HttpResponseBase:
    """Ask whether one wants to leave, and leave."""
    if request.method != "POST":
        return _ask(request, "leave")
    access = request.access
    try:
        leave_organization(
            organization_id=access.organization.pk,
            user_id=access.user_id,
            by=access.actor,
            now=timezone.now(),
        )
    except LastOwner as error:
        messages.error(request, str(error))
        return redirect("projects:members")
    messages.success(request, f"You have left {access.organization.name}.")
    return redirect("projects:organizations")


def is_owner(request: MemberRequest) -> bool:
    """Whether an owner asks: only they make, change and remove owners."""
    return request.access.role == Role.OWNER


def _member(member_id: UUID) -> Fellow:
    found = get_fellow(member_id)
    if found is None:
        raise Http404(NOBODY)
    return found


def _ask(request: MemberRequest, what: str, **context: Any) -> HttpResponse:
    return render_dialog(
        request,
        fragment=f"projects/_{what}.html",
        page=f"projects/{what}.html",
        room="members",
        project=None,
        **context,
    )


def _done(request: MemberRequest, act: Callable[[], None], said: str) -> HttpResponse:
    try:
        act()
    except LastOwner as error:
        messages.error(request, str(error))
    except NoSuchMember:
        raise Http404(NOBODY) from None
    else:
        messages.success(request, said)
    return redirect("projects:members")
