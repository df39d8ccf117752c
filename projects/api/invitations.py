"""/api/v1/invitations/: who was asked in by mail, and has not answered yet."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.http import Http404
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.bodies import Body, Flag, Text
from askorac.web.api.cursors import PageQuery, answer_page, read_page
from askorac.web.api.problems import Refused, refuse
from askorac.web.api.schema import operation, page_of
from askorac.web.paging import NEWEST_FIRST
from projects.api_access import Need
from projects.api_views import ApiView
from projects.membership.invitations import (
    Offer,
    TooManyInvitations,
    get_invitation,
    invite,
    send_again,
    withdraw,
)
from projects.models import Invitation, Role

from .members import ALL_METHODS, MOST_PROJECTS

OWNERS: Final[Mapping[str, Need]] = {"GET": "own.read", "POST": "own", "DELETE": "own"}


class InvitationShape(serializers.Serializer[Any]):
    """An open invitation. What its link contains stands in the mail alone."""

    id = serializers.UUIDField()
    email = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    reads_conversations = serializers.BooleanField()
    project_ids = serializers.ListField(
        child=serializers.UUIDField(),
        allow_null=True,
        help_text="The only projects that they will see, or null: all.",
    )
    invited_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(
        allow_null=True, help_text="When the mail went out; null while it has not."
    )
    expires_at = serializers.DateTimeField(help_text="Until when the link opens.")

    class Meta:
        ref_name = "Invitation"


class NewInvitation(Body):
    """Whom to ask in, and as what."""

    email = Text(max_length=254, help_text="Where the mail goes.")
    role = serializers.ChoiceField(Role.choices)
    reads_conversations = Flag(
        required=False,
        default=False,
        help_text="For editors and viewers; owners and admins do in any case.",
    )
    project_ids = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        allow_null=True,
        default=None,
        max_length=MOST_PROJECTS,
        help_text="The only projects that an editor or a viewer will see; without them, all.",
    )


class Invitations(ApiView):
    """All open invitations."""

    group = "Members"
    queries = {"GET": PageQuery}
    needs = OWNERS
    whole_organization = ALL_METHODS

    @operation("list_invitations", "List invitations", answer=page_of(InvitationShape))
    def get(self, request: Request) -> Response:
        """The open ones, the newest first, expired ones as well. Needs a key that an owner has
        made, as all that is about invitations does."""
        page = read_page(Invitation.objects.all(), order=NEWEST_FIRST, query=self.query)
        return answer_page(request, page, _as_json)

    @operation(
        "invite",
        "Invite somebody",
        body=NewInvitation,
        answer=InvitationShape,
        status=HTTPStatus.CREATED,
    )
    def post(self, request: Request) -> Response:
        """Send a mail with a link that works once, for seven days. One to an address that was
        invited already takes the place of the first. The answer is the same whether the address
        has an account or not."""
        wanted = self.body(NewInvitation)
        only = wanted["project_ids"]
        try:
            made = invite(
                email=wanted["email"],
                offer=Offer(
                    wanted["role"],
                    wanted["reads_conversations"],
                    None if only is None else tuple(only),
                ),
                is_owner=self.access.is_owners,
                by=self.access.actor,
                now=timezone.now(),
            )
        except TooManyInvitations as error:
            raise _later(error) from None
        return Response(_as_json(made), status=HTTPStatus.CREATED)


class OneInvitation(ApiView):
    """One open invitation."""

    group = "Members"
    needs = OWNERS
    whole_organization = ALL_METHODS

    @operation("read_invitation", "Read about an invitation", answer=InvitationShape)
    def get(self, request: Request, invitation_id: UUID) -> Response:
        """One that was neither accepted nor withdrawn."""
        return Response(_as_json(_invitation(invitation_id)))

    @operation("withdraw_invitation", "Withdraw an invitation", status=HTTPStatus.NO_CONTENT)
    def delete(self, request: Request, invitation_id: UUID) -> Response:
        """Its link opens nothing any more."""
        row = _invitation(invitation_id)
        withdraw(invitation=row, by=self.access.actor, now=timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT)


class SendInvitation(ApiView):
    """The mail of an invitation, once more."""

    group = "Members"
    needs = OWNERS
    whole_organization = ALL_METHODS

    @operation("send_invitation", "Send an invitation again", answer=InvitationShape)
    def post(self, request: Request, invitation_id: UUID) -> Response:
        """Another mail with another link, for seven days from now. The earlier link opens nothing
        any more."""
        row = _invitation(invitation_id)
        try:
            send_again(
                invitation=row,
                is_owner=self.access.is_owners,
                by=self.access.actor,
                now=timezone.now(),
            )
        except TooManyInvitations as error:
            raise _later(error) from None
        return Response(_as_json(row))


def _invitation(invitation_id: UUID) -> Invitation:
    row = get_invitation(invitation_id)
    if row is None:
        raise Http404
    return row


def _as_json(row: Invitation) -> dict[str, Any]:
    shown = dict(InvitationShape(row).data)
    return shown if row.is_limited else {**shown, "project_ids": None}


def _later(error: TooManyInvitations) -> Refused:
    return refuse(HTTPStatus.TOO_MANY_REQUESTS, str(error), retry_after=error.retry_after)


urlpatterns = [
    path("invitations/", Invitations.as_view(), name="invitations"),
    path("invitations/<uuid:invitation_id>/", OneInvitation.as_view(), name="invitation"),
    path(
        "invitations/<uuid:invitation_id>/send/",
        SendInvitation.as_view(),
        name="send_invitation",
    ),
]
