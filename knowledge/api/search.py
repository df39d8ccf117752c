"""/api/v1/projects/{id}/search/: the passages that a question finds."""

from http import HTTPStatus
from math import ceil
from typing import Any
from uuid import UUID

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.bodies import Body, Text, Whole
from askorac.web.api.problems import refuse
from askorac.web.api.schema import operation
from keys.clients import ProviderFault, RateLimited
from knowledge.retrieval import By
from knowledge.searching import (
    MOST_FOUND,
    MOST_QUESTION_CHARACTERS,
    Findings,
    search_project,
)
from projects.api_views import ApiView
from projects.models import Project

USUAL = 10


class SearchBody(Body):
    """What is looked for."""

    query = Text(
        max_length=MOST_QUESTION_CHARACTERS, help_text="A question as a visitor might ask it."
    )
    limit = Whole(
        required=False,
        default=USUAL,
        min_value=1,
        max_value=MOST_FOUND,
        help_text="How many passages at most.",
    )
    by = serializers.ChoiceField(
        required=False,
        default="both",
        choices=["both", "vectors", "words"],
        help_text="What decides: nearness in meaning, words in common, or both.",
    )


class PassageShape(serializers.Serializer[Any]):
    """A chunk as it was found."""

    chunk_id = serializers.UUIDField()
    document_id = serializers.UUIDField()
    source_id = serializers.UUIDField()
    external_id = serializers.CharField(help_text="Your own id of the source, or empty.")
    title = serializers.CharField(help_text="The document's.")
    url = serializers.CharField(help_text="Where a citation of it leads, or empty.")
    text = serializers.CharField()
    page = serializers.IntegerField(allow_null=True)
    heading = serializers.CharField()
    score = serializers.FloatField(
        help_text="How near in meaning, from -1 to 1. Words count for the order alone."
    )

    class Meta:
        ref_name = "Passage"


class FindingsShape(serializers.Serializer[Any]):
    """What was found."""

    passages = PassageShape(many=True, help_text="The best first.")
    floor = serializers.FloatField(help_text="Passages that score less are not used for an answer.")

    class Meta:
        ref_name = "Findings"


class Search(ApiView):
    """What a question finds."""

    group = "Search"
    needs = {"POST": "read"}
    opens_context = False
    takes_idempotency_key = False

    @operation("search", "Search a project", body=SearchBody, answer=FindingsShape)
    def post(self, request: Request, project_id: UUID) -> Response:
        """The passages that are nearest to a question in meaning and in words, the best first.
        Changes nothing: a key that may read is enough."""
        with self.context():
            project = self.project(project_id)
        wanted = self.body(SearchBody)
        findings = _search(project, wanted["query"], wanted["limit"], wanted["by"])
        return Response(FindingsShape({"passages": findings.found, "floor": findings.floor}).data)


def _search(project: Project, question: str, limit: int, by: By) -> Findings:
    try:
        return search_project(project=project, question=question, limit=limit, by=by)
    except RateLimited as fault:
        after = ceil(fault.retry_after) if fault.retry_after else None
        raise refuse(
            HTTPStatus.SERVICE_UNAVAILABLE, fault.sentence, code="provider_busy", retry_after=after
        ) from None
    except ProviderFault as fault:
        raise refuse(
            HTTPStatus.SERVICE_UNAVAILABLE, fault.sentence, code="provider_failed"
        ) from None


urlpatterns = [path("projects/<uuid:project_id>/search/", Search.as_view(), name="search")]
