"""/api/v1/staff-access/: whether AskOrac's staff may look at content, for programs that decide."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.http import Http404
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.bodies import Body
from askorac.web.api.cursors import PageQuery, answer_page, read_page
from askorac.web.api.problems import refuse
from askorac.web.api.schema import operation, page_of
from askorac.web.paging import Keyset, moment
from projects.api_views import ApiView
from projects.models import StaffGrant, StaffRules
from projects.staff_access.grants import (
    Grant,
    GrantState,
    NotAsked,
    NotLive,
    decide,
    end_access,
    get_grant,
    grant_of,
    read_rule,
    set_rule,
)

LATEST_FIRST: Final = Keyset("asked_at", moment)
NOT_ASKED: Final = "There is nothing to decide any more: the request is decided, or is over."
NOT_LIVE: Final = "There is nothing to end: the access was not given, or is over."


class StaffRuleShape(serializers.Serializer[Any]):
    """What happens when AskOrac's staff asks for access to content."""

    rule = serializers.ChoiceField(StaffRules.choices)
    changed_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        ref_name = "StaffRule"


class ChangedStaffRule(Body):
    """Another rule."""

    rule = serializers.ChoiceField(
        StaffRules.choices, help_text="`ask` each time, `allow` at once and tell, or `never`."
    )


class StaffGrantShape(serializers.Serializer[Any]):
    """A request of one of AskOrac's staff, and what became of it."""

    id = serializers.UUIDField()
    staff_name = serializers.CharField()
    reason = serializers.CharField()
    minutes = serializers.IntegerField(help_text="For how long, from when it is allowed.")
    state = serializers.ChoiceField([(each.value, each.value) for each in GrantState])
    asked_at = serializers.DateTimeField()
    lapses_at = serializers.DateTimeField(help_text="When it is over, if nobody decides.")
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(help_text="Empty where the rule decided.")
    expires_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_by = serializers.CharField()
    view_count = serializers.IntegerField(help_text="How many pages of content were looked at.")
    last_viewed_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        ref_name = "StaffGrant"


class StaffDecision(Body):
    """What is decided."""

    allow = serializers.BooleanField(help_text="Whether they are let in.")


class StaffAccess(ApiView):
    """The rule."""

    group = "Staff access"
    needs = {"PATCH": "own"}
    whole_organization = ("GET", "PATCH")

    @operation("read_staff_access", "Read the rule for staff", answer=StaffRuleShape)
    def get(self, request: Request) -> Response:
        """What happens when AskOrac's staff asks for access to content."""
        return Response(StaffRuleShape(read_rule()).data)

    @operation(
        "change_staff_access",
        "Change the rule for staff",
        body=ChangedStaffRule,
        answer=StaffRuleShape,
    )
    def patch(self, request: Request) -> Response:
        """Another rule. `never` ends what staff has at this moment, too. Needs a key that an owner
        has made."""
        rule = StaffRules(self.body(ChangedStaffRule)["rule"])
        changed = set_rule(rule=rule, by=self.access.actor, now=timezone.now())
        return Response(StaffRuleShape(changed).data)


class StaffGrants(ApiView):
    """All requests of staff."""

    group = "Staff access"
    queries = {"GET": PageQuery}
    whole_organization = ("GET",)

    @operation("list_staff_grants", "List requests of staff", answer=page_of(StaffGrantShape))
    def get(self, request: Request) -> Response:
        """All requests, whatever became of them, the latest first."""
        now = timezone.now()
        page = read_page(StaffGrant.objects.all(), order=LATEST_FIRST, query=self.query)
        return answer_page(request, page, lambda row: _shown(grant_of(row, now=now)))


class OneStaffGrant(ApiView):
    """One request of staff."""

    group = "Staff access"
    whole_organization = ("GET",)

    @operation("read_staff_grant", "Read a request of staff", answer=StaffGrantShape)
    def get(self, request: Request, staff_grant_id: UUID) -> Response:
        """One request, and what became of it."""
        return Response(_shown(_grant(staff_grant_id)))


class StaffGrantDecision(ApiView):
    """The decision on a request of staff."""

    group = "Staff access"
    needs = {"POST": "own"}
    whole_organization = ("POST",)

    @operation(
        "decide_staff_grant",
        "Decide on a request of staff",
        body=StaffDecision,
        answer=StaffGrantShape,
    )
    def post(self, request: Request, staff_grant_id: UUID) -> Response:
        """Let the one in who asked, for as long as they asked for, or refuse. Needs a key that an
        owner has made."""
        _grant(staff_grant_id)
        try:
            decided = decide(
                grant_id=staff_grant_id,
                is_allowed=self.body(StaffDecision)["allow"],
                by=self.access.actor,
                now=timezone.now(),
            )
        except NotAsked:
            raise refuse(HTTPStatus.CONFLICT, NOT_ASKED, code="not_asked") from None
        return Response(_shown(decided))


class StaffGrantEnd(ApiView):
    """The end of staff's access."""

    group = "Staff access"
    whole_organization = ("POST",)

    @operation("end_staff_grant", "End staff's access", answer=StaffGrantShape)
    def post(self, request: Request, staff_grant_id: UUID) -> Response:
        """End what was given, before its time: the next page that staff asks for is refused."""
        _grant(staff_grant_id)
        try:
            ended = end_access(grant_id=staff_grant_id, by=self.access.actor, now=timezone.now())
        except NotLive:
            raise refuse(HTTPStatus.CONFLICT, NOT_LIVE, code="not_live") from None
        return Response(_shown(ended))


def _grant(grant_id: UUID) -> Grant:
    grant = get_grant(grant_id, now=timezone.now())
    if grant is None:
        raise Http404
    return grant


def _shown(grant: Grant) -> Any:
    return StaffGrantShape(grant).data


_GRANT: Final = "staff-access/grants/<uuid:staff_grant_id>/"
urlpatterns = [
    path("staff-access/", StaffAccess.as_view(), name="staff_access"),
    path("staff-access/grants/", StaffGrants.as_view(), name="staff_grants"),
    path(_GRANT, OneStaffGrant.as_view(), name="staff_grant"),
    path(f"{_GRANT}decide/", StaffGrantDecision.as_view(), name="decide_staff_grant"),
    path(f"{_GRANT}end/", StaffGrantEnd.as_view(), name="end_staff_grant"),
]
