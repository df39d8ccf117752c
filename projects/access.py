"""From a session to an organization: who is asking, in which organization, with which right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import update_wrapper
from http import HTTPStatus
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from askorac.sealing import keyrings
from askorac.tenancy.context import tenant

from .models import Member, Organization, Project, ProjectMember, ProjectRole, Role, User
from .retention.holds import is_held
from .rights import OF_PROJECT, STAYING, Right, rights_of
from .signing_in.second_factor_rule import is_second_factor_missing, lead_to_second_factor
from .switching import choice_of, switch_to
from .trail.recording import Actor
from .trail.refusals import note_refusal

if TYPE_CHECKING:
    from django.db.models import QuerySet

P = ParamSpec("P")

LOOKING = {"GET", "HEAD", "OPTIONS"}
HIDDEN = "No such project."
WRITTEN = (("title", "Title"), ("text", "Text"), ("instructions", "Instructions"))
USERS = "user"  # in the place of a right, on views for all who are logged in


@dataclass(frozen=True, slots=True)
class Access:
    """The member who asks: what views hand to the domain.

    `rights` are those in the organization, `here` those in the project that the address names;
    elsewhere they are the same. `projects` has the rights in those where the member has a role of
    their own; None is a project that is not there for them. `is_one_of_many` says whether the user
    belongs to other organizations, too.
    """

    organization: Organization
    user_id: UUID
    email: str
    member_id: UUID
    role: str
    rights: frozenset[Right]
    here: frozenset[Right]
    is_limited: bool
    is_one_of_many: bool
    projects: Mapping[UUID, frozenset[Right] | None]

    @property
    def actor(self) -> Actor:
        return Actor(kind="member", id=self.user_id, label=self.email)

    @property
    def is_suspended(self) -> bool:
        """Whether members may only look, whatever their role allows."""
        return self.organization.suspended_at is not None

    @property
    def is_ending(self) -> bool:
        """Whether the organization is to be deleted: members may look, and take that back."""
        return self.organization.deletes_at is not None

    def may(self, right: Right) -> bool:
        """Whether the member has it; one that a project decides, in the project at hand."""
        return right in (self.here if right in OF_PROJECT else self.rights)

    def sees(self, project_id: UUID) -> bool:
        """Whether a project of the organization is there for this member."""
        return self.projects.get(project_id, None if self.is_limited else self.rights) is not None

    def may_in(self, project_id: UUID | None, right: Right) -> bool:
        """Whether the member has a right in a project that is there for them, or in none."""
        if project_id is None:
            return self.may(right)
        return self.sees(project_id) and self.within(project_id).may(right)

    def visible_projects(self) -> QuerySet[Project]:
        """The projects of the open organization that are there for this member."""
        if self.is_limited:
            return Project.objects.filter(pk__in=[pk for pk in self.projects if self.sees(pk)])
        hidden = [pk for pk in self.projects if not self.sees(pk)]
        return Project.objects.exclude(pk__in=hidden) if hidden else Project.objects.all()

    def within(self, project_id: UUID) -> Access:
        """The same member in one project. Of one that isn't there, as of one that is made up, the
        organization's role decides, so that answers don't tell which it is."""
        rights = self.projects.get(project_id)
        return self if rights is None else replace(self, here=rights)


class MemberRequest(HttpRequest):
    """A request inside `member_view`."""

    user: User
    access: Access


MemberView = Callable[Concatenate[MemberRequest, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def member_view(
    right: Right, *, is_held: bool = True, while_ending: bool = False, is_form: bool = False
) -> Callable[[MemberView[P]], View[P]]:
    """Run a view inside the context of the member's organization, if the member has the right.

    Nobody is sent to the login, a user without an organization to where one is made; a member
    without the right gets 403, and so does one who would change something while the organization is
    suspended, or, unless `while_ending`, while it or the project of the address is to be deleted.
    Deciding on our staff's access stays possible then. A view that `is_form` shows nothing but the
    form of a change, and is refused as a whole.
    It is the organization that the session has chosen, if they belong to it. Where the
    address has a `project_id`, the member's role in that project decides; one that is not there
    for them is the same 404 as one that doesn't exist.
    The context spans the view and its rendering, so views return what is already rendered. With
    `is_held=False` it is closed before the view runs: one that asks a provider, or reads a body
    for long, opens its own with `tenant(request.access.organization.pk)`, before and after.
    """

    def decorate(view: MemberView[P]) -> View[P]:
        def inside(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            assert isinstance(request.user, User)
            asked = cast(MemberRequest, request)
            choice = choice_of(request, request.user)
            organization_id = choice.current
            if organization_id is None:
                return _lead_to_organizations(request)
            if choice.is_lost:
                switch_to(request, organization_id)
                if request.method not in LOOKING:  # it was meant for the one that they have left
                    return redirect("projects:organizations")
            keyrings.warm(organization_id)
            with tenant(organization_id):
                asked.access = access_of(request.user, is_one_of_many=len(choice.all) > 1)
                project_id = cast(UUID | None, kwargs.get("project_id"))
                if project_id is not None:
                    asked.access = asked.access.within(project_id)
                refusal = _stands_in_the_way(
                    asked, right, project_id, while_ending=while_ending, is_form=is_form
                )
                if refusal is not None:
                    return refusal
                if is_held:
                    return view(asked, *args, **kwargs)
            return view(asked, *args, **kwargs)

        inside.__dict__["right"] = right  # for who walks all addresses, and asks as everybody
        return cast(View[P], login_required(update_wrapper(inside, view)))

    return decorate


def _stands_in_the_way(
    request: MemberRequest,
    right: Right,
    project_id: UUID | None,
    *,
    while_ending: bool,
    is_form: bool,
) -> HttpResponse | None:
    """What the member is answered in place of the view; None if nothing is in the way.

    Raises PermissionDenied without the right, and Http404 for a project that is not there for them.
    """
    access = request.access
    if is_second_factor_missing(request, access.organization):
        return lead_to_second_factor(request)
    if not access.may(right):
        note_refusal(
            request,
            organization_id=access.organization.pk,
            right=right,
            by=access.actor,
            now=timezone.now(),
            project_id=project_id,
        )
        raise PermissionDenied("Your role does not allow this.")
    is_change = (is_form or request.method not in LOOKING) and right not in STAYING
    if access.is_suspended and is_change:
        return _refuse(request)
    if project_id is not None and not access.sees(project_id):
        raise Http404(HIDDEN)
    ending = _ending(access, project_id) if is_change and not while_ending else None
    return None if ending is None else _refuse_ending(request, ending)


def user_view(view: View[P]) -> View[P]:
    """Run a view for whoever is logged in, with no organization's context open."""

    def inside(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    inside.__dict__["right"] = USERS
    return cast(View[P], login_required(update_wrapper(inside, view)))


def get_project(project_id: UUID) -> Project:
    """The project of the open organization; 404 for any other id, foreign or made up alike."""
    project = Project.objects.filter(pk=project_id).first()
    if project is None:
        raise Http404(HIDDEN)
    return project


def _ending(access: Access, project_id: UUID | None) -> Organization | Project | None:
    """What is to be deleted of that which a view is about to change; None if nothing is."""
    if access.is_ending:
        return access.organization
    if project_id is None:
        return None
    return Project.objects.filter(pk=project_id, deletes_at__isnull=False).first()


def _refuse_ending(request: HttpRequest, ending: Organization | Project) -> HttpResponse:
    is_project = isinstance(ending, Project)
    context = {
        "ending": ending,
        "is_project": is_project,
        "is_kept_by_hold": is_held(ending.pk if is_project else None),
        "typed": _typed(request),
    }
    return render(request, "projects/ending.html", context, status=HTTPStatus.CONFLICT)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What somebody has written at length and may take back; never a key or a password."""
    return [(label, text) for name, label in WRITTEN if (text := request.POST.get(name, ""))]


def _refuse(request: HttpRequest) -> HttpResponse:
    context = {"support_email": settings.SUPPORT_EMAIL, "typed": _typed(request)}
    return render(request, "projects/suspended.html", context, status=HTTPStatus.FORBIDDEN)


def _lead_to_organizations(request: HttpRequest) -> HttpResponse:
    """Who belongs to no organization can make one, or wait for an invitation."""
    if request.method not in LOOKING:
        raise PermissionDenied("You are not a member of an organization.")
    return redirect("projects:organizations")


def access_of(user: User, *, is_one_of_many: bool = False) -> Access:
    """The user as a member of the open organization. Raises PermissionDenied for another's."""
    access = find_access(user, is_one_of_many=is_one_of_many)
    if access is None:
        raise PermissionDenied("You are not a member of this organization.")
    return access


def find_access(user: User, *, is_one_of_many: bool = False) -> Access | None:
    """The user as a member of the open organization; None for whoever is none of it."""
    member = Member.objects.filter(user_id=user.pk).first()
    if member is None:
        return None
    rights = rights_of(member.role, reads_conversations=member.reads_conversations)
    if member.is_limited:
        rights -= {"project.create"}
    return Access(
        organization=Organization.objects.get(),
        user_id=user.pk,
        email=user.email,
        member_id=member.pk,
        role=member.role,
        rights=rights,
        here=rights,
        is_limited=member.is_limited,
        is_one_of_many=is_one_of_many,
        projects=_own_roles(member),
    )


def _own_roles(member: Member) -> dict[UUID, frozenset[Right] | None]:
    if member.role in {Role.OWNER, Role.ADMIN}:
        return {}
    rows = ProjectMember.objects.filter(member_id=member.pk)
    return {
        row.project_id: None
        if row.role == ProjectRole.NONE
        else rights_of(row.role, reads_conversations=row.reads_conversations)
        for row in rows
    }
