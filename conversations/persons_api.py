"""/api/v1/visitor-requests/: all that is kept of one visitor is found, given out, and erased."""

from http import HTTPStatus
from typing import Any, Final

from django.http import HttpResponseBase
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.bodies import Body, Id, Text
from askorac.web.api.problems import refuse
from askorac.web.api.schema import operation
from askorac.web.late import LateResponse
from projects.api_views import ApiView
from projects.models import Project
from projects.receipts import given
from projects.retention.holds import Held

from .persons import Chosen, erase_person, export_persons, find_persons

MOST_VISITORS: Final = 50


class SoughtBody(Body):
    """By what a visitor is looked for."""

    sought = Text(
        max_length=1_000,
        help_text="The id of a conversation or of the visitor, your own name of them, the resume"
        " token of their session, or words that they wrote, such as a mail address.",
    )
    project_id = Id(required=False, help_text="Where; without one, everywhere.")


class VisitorBody(Body):
    """One visitor of one project."""

    project_id = Id()
    visitor_id = Id()

    class Meta:
        ref_name = "VisitorNamed"


class VisitorsBody(Body):
    """Whom it is about."""

    visitors = serializers.ListField(
        child=VisitorBody(), allow_empty=False, max_length=MOST_VISITORS
    )


class PersonShape(serializers.Serializer[Any]):
    """A visitor who was found. By words alone it may be somebody else who said them: `is_sure` is
    false then."""

    project_id = serializers.UUIDField()
    visitor_id = serializers.UUIDField()
    conversation_count = serializers.IntegerField()
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    is_sure = serializers.BooleanField()

    class Meta:
        ref_name = "VisitorFound"


class PersonsShape(serializers.Serializer[Any]):
    """The visitors who were found, the surest first."""

    results = PersonShape(many=True)

    class Meta:
        ref_name = "VisitorsFound"


class ErasedShape(serializers.Serializer[Any]):
    """The receipts of what was erased; none if there was nothing."""

    receipts = serializers.ListField(child=serializers.DictField())

    class Meta:
        ref_name = "VisitorsErased"


class _OfVisitors(ApiView):
    """What the requests of persons have in common."""

    group = "Visitor requests"
    opens_context = False
    whole_organization = ("POST",)

    def chosen(self) -> list[Chosen]:
        """The visitors that the body names. Raises Http404 for a project that is not there."""
        named = self.body(VisitorsBody)["visitors"]
        with self.context():
            return [Chosen(self.project(each["project_id"]), each["visitor_id"]) for each in named]


class Find(_OfVisitors):
    """Finding."""

    needs = {"POST": "read"}
    takes_idempotency_key = False

    @operation("find_visitors", "Find a visitor", body=SoughtBody, answer=PersonsShape)
    def post(self, request: Request) -> Response:
        """Those whom an id, a name or words lead to. What was looked for is not kept."""
        wanted = self.body(SoughtBody)
        with self.context():
            projects = self._projects(wanted.get("project_id"))
        found = find_persons(sought=wanted["sought"], projects=projects)
        return Response(PersonsShape({"results": found}).data)

    def _projects(self, project_id: Any) -> list[Project]:
        return list(Project.objects.all()) if project_id is None else [self.project(project_id)]


class Export(_OfVisitors):
    """Giving out."""

    needs = {"POST": "read"}
    takes_idempotency_key = False

    @operation("export_visitors", "Give out all of a visitor", body=VisitorsBody, answer=dict)
    def post(self, request: Request) -> HttpResponseBase:
        """All that is kept of these visitors as one JSON document, made while it is sent."""
        chosen, by, now = self.chosen(), self.access.actor, timezone.now()
        response = LateResponse(lambda _: export_persons(chosen=chosen, by=by, now=now))
        response.begin(headers={"Content-Type": "application/json", "X-Accel-Buffering": "no"})
        return response


class Erase(_OfVisitors):
    """Erasing."""

    @operation("erase_visitors", "Erase all of a visitor", body=VisitorsBody, answer=ErasedShape)
    def post(self, request: Request) -> Response:
        """Conversations, messages, ratings, comments and words of these visitors, for good. The
        receipts name nobody; `visitor_sha256` is that of the 16 bytes of a visitor's id. While a
        hold stands, nothing is erased."""
        chosen, receipts = self.chosen(), []
        try:
            for each in chosen:
                receipts += erase_person(chosen=each, by=self.access.actor, now=timezone.now())
        except Held as held:
            raise refuse(HTTPStatus.CONFLICT, str(held), code="held") from None
        with self.context():
            return Response({"receipts": [given(each) for each in receipts]})


urlpatterns = [
    path("visitor-requests/find/", Find.as_view(), name="find_visitors"),
    path("visitor-requests/export/", Export.as_view(), name="export_visitors"),
    path("visitor-requests/erase/", Erase.as_view(), name="erase_visitors"),
]
