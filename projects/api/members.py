"""/api/v1/members/: who belongs to the organization, and what each may do."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.http import Http404
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.bodies import Body, Flag
from askorac.web.api.cursors import PageQuery, answer_page, read_page
from askorac.web.api.problems import refuse
from askorac.web.api.schema import operation, page_of
from askorac.web.paging import NEWEST_FIRST
from projects.api_views import ApiView
from projects.membership.members import (
    InProject,
    LastOwner,
    NoSuchMember,
    Standing,
    change_member,
    remove_member,
)
from projects.models import Member, Project, ProjectMember, ProjectRole, Role
from projects.organizations import members_with_users

ALL_METHODS: Final = ("GET", "POST", "PATCH", "DELETE")
MOST_PROJECTS: Final = 1000
UNKNOWN_PROJECT: Final = "There is no such project in this organization."


class InProjectShape(serializers.Serializer[Any]):
    """A role of a member's own in one project, in the place of the one in the organization."""

    project_id = serializers.UUIDField()
    role = serializers.ChoiceField(
        ProjectRole.choices, help_text="`none`: the project is not there for them."
    )
    reads_conversations = serializers.BooleanField()

    class Meta:
        ref_name = "InProject"


class MemberShape(serializers.Serializer[Any]):
    """A member. Owners and admins see all projects and read conversations in any case."""

    id = serializers.UUIDField()
    name = serializers.CharField(source="user.name")
    email = serializers.CharField(source="user.email")
    role = serializers.ChoiceField(Role.choices)
    reads_conversations = serializers.BooleanField(
        help_text="Whether that was given to an editor or a viewer."
    )
    is_limited = serializers.BooleanField(
        help_text="Whether they see only the projects in which they have a role of their own."
    )
    created_at = serializers.DateTimeField(help_text="Since when they belong to it.")

    class Meta:
        ref_name = "Member"


class OneMemberShape(MemberShape):
    """A member with their roles by project."""

    projects = InProjectShape(many=True)

    class Meta:
        ref_name = "OneMember"


class InProjectBody(Body):
    """A role in one project."""

    project_id = serializers.UUIDField()
    role = serializers.ChoiceField(ProjectRole.choices)
    reads_conversations = Flag(required=False, default=False)


class ChangedMember(Body):
    """What is to be different; what is not named stays."""

    role = serializers.ChoiceField(Role.choices, required=False)
    reads_conversations = Flag(required=False)
    is_limited = Flag(required=False)
    projects: Any = serializers.ListSerializer(
        child=InProjectBody(),
        required=False,
        max_length=MOST_PROJECTS,
        help_text="All roles by project, in the place of those that there are.",
    )


class Members(ApiView):
    """All members."""

    group = "Members"
    queries = {"GET": PageQuery}
    whole_organization = ALL_METHODS

    @operation("list_members", "List members", answer=page_of(MemberShape))
    def get(self, request: Request) -> Response:
        """Who belongs to the organization, the newest first. Needs a key of the whole
        organization."""
        page = read_page(members_with_users(), order=NEWEST_FIRST, query=self.query)
        return answer_page(request, page, lambda row: MemberShape(row).data)


class OneMember(ApiView):
    """One member."""

    group = "Members"
    needs = {"PATCH": "own", "DELETE": "own"}
    whole_organization = ALL_METHODS

    @operation("read_member", "Read about a member", answer=OneMemberShape)
    def get(self, request: Request, member_id: UUID) -> Response:
        """One member, with the roles that they have in single projects."""
        return Response(_as_json(_member(member_id)))

    @operation("change_member", "Change a member", body=ChangedMember, answer=OneMemberShape)
    def patch(self, request: Request, member_id: UUID) -> Response:
        """Give another role, or see to what they see. Needs a key that an owner has made. It holds
        from the member's next page on. The last owner stays one: that is refused with 409 and the
        code `last_owner`."""
        row = _member(member_id)
        standing = _standing(row, self.body(ChangedMember))
        try:
            change_member(
                organization_id=self.access.organization_id,
                member_id=member_id,
                standing=standing,
                is_owner=self.access.is_owners,
                by=self.access.actor,
                now=timezone.now(),
            )
        except LastOwner as error:
            raise refuse(HTTPStatus.CONFLICT, str(error), code="last_owner") from None
        except NoSuchMember:
            raise Http404 from None
        return Response(_as_json(_member(member_id)))

    @operation("remove_member", "Remove a member", status=HTTPStatus.NO_CONTENT)
    def delete(self, request: Request, member_id: UUID) -> Response:
        """End a membership. Needs a key that an owner has made. The member sees nothing here from
        their next page on; their account stays theirs. The last owner stays, as above."""
        _member(member_id)
        try:
            remove_member(
                organization_id=self.access.organization_id,
                member_id=member_id,
                is_owner=self.access.is_owners,
                by=self.access.actor,
                now=timezone.now(),
            )
        except LastOwner as error:
            raise refuse(HTTPStatus.CONFLICT, str(error), code="last_owner") from None
        except NoSuchMember:
            raise Http404 from None
        return Response(status=HTTPStatus.NO_CONTENT)


def _member(member_id: UUID) -> Member:
    row = members_with_users().filter(pk=member_id).first()
    if row is None:
        raise Http404
    return row


def _as_json(row: Member) -> dict[str, Any]:
    own = ProjectMember.objects.filter(member_id=row.pk).order_by("project_id")
    return {**MemberShape(row).data, "projects": InProjectShape(own, many=True).data}


def _standing(row: Member, changed: dict[str, Any]) -> Standing:
    projects = changed.get("projects")
    own = None if projects is None else [InProject(**each) for each in projects]
    if own is not None:
        wanted = {each.project_id for each in own}
        if len(own) != Project.objects.filter(pk__in=wanted).count():
            raise ValidationError({"projects": [UNKNOWN_PROJECT]})
    return Standing(
        role=changed.get("role", row.role),
        reads_conversations=changed.get("reads_conversations", row.reads_conversations),
        is_limited=changed.get("is_limited", row.is_limited),
        projects=own,
    )


urlpatterns = [
    path("members/", Members.as_view(), name="members"),
    path("members/<uuid:member_id>/", OneMember.as_view(), name="member"),
]
