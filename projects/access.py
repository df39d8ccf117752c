"""From a session to an organization: who is asking, in which organization, with which right."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from http import HTTPStatus
from typing import Concatenate, Literal, ParamSpec, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user

from .audit import Actor
from .models import Member, Organization, Project, Role, User

Right = Literal["view", "edit", "own"]
P = ParamSpec("P")

LOOKING = {"GET", "HEAD", "OPTIONS"}
_RIGHTS: dict[Right, set[str]] = {
    "view": {Role.OWNER, Role.ADMIN, Role.EDITOR, Role.VIEWER},
    "edit": {Role.OWNER, Role.ADMIN, Role.EDITOR},
    "own": {Role.OWNER, Role.ADMIN},
}


@dataclass(frozen=True, slots=True)
class Access:
    """The member who asks: what views hand to the domain."""

    organization: Organization
    user_id: UUID
    email: str
    role: str

    @property
    def actor(self) -> Actor:
        return Actor(kind="member", id=self.user_id, label=self.email)

    @property
    def is_suspended(self) -> bool:
        """Whether members may only look, whatever their role allows."""
        return self.organization.suspended_at is not None

    def may(self, right: Right) -> bool:
        return self.role in _RIGHTS[right]


class MemberRequest(HttpRequest):
    """A request inside `member_view`."""

    user: User
    access: Access


MemberView = Callable[Concatenate[MemberRequest, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def member_view(right: Right, *, is_held: bool = True) -> Callable[[MemberView[P]], View[P]]:
    """Run a view inside the context of the member's organization, if the role has the right.

    Nobody is sent to the login; a user without an organization, or without the right, gets 403,
    and so does a member who would change something while the organization is suspended.
    The context spans the view and its rendering, so views return what is already rendered. With
    `is_held=False` it is closed before the view runs: one that asks a provider, or reads a body
    for long, opens its own with `tenant(request.access.organization.pk)`, before and after.
    """

    def decorate(view: MemberView[P]) -> View[P]:
        def inside(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            assert isinstance(request.user, User)
            asked = cast(MemberRequest, request)
            organization_id = _organization_of(request.user)
            keyrings.warm(organization_id)
            with tenant(organization_id):
                asked.access = _access(request.user)
                if not asked.access.may(right):
                    raise PermissionDenied("Your role does not allow this.")
                if asked.access.is_suspended and request.method not in LOOKING:
                    return _refuse(request)
                if is_held:
                    return view(asked, *args, **kwargs)
            return view(asked, *args, **kwargs)

        inside.__dict__["right"] = right  # for who walks all addresses, and asks as everybody
        return cast(View[P], login_required(update_wrapper(inside, view)))

    return decorate


def get_project(project_id: UUID) -> Project:
    """The project of the open organization; 404 for any other id, foreign or made up alike."""
    project = Project.objects.filter(pk=project_id).first()
    if project is None:
        raise Http404("No such project.")
    return project


def _refuse(request: HttpRequest) -> HttpResponse:
    context = {"support_email": settings.SUPPORT_EMAIL}
    return render(request, "projects/suspended.html", context, status=HTTPStatus.FORBIDDEN)


def _organization_of(user: User) -> UUID:
    organizations = organizations_of_user(user.pk)
    if not organizations:
        raise PermissionDenied("You are not a member of an organization.")
    return organizations[0]


def _access(user: User) -> Access:
    member = Member.objects.get(user_id=user.pk)
    return Access(
        organization=Organization.objects.get(),
        user_id=user.pk,
        email=user.email,
        role=member.role,
    )
