"""/api/v1/api-keys/: the organization's API keys, for programs that look after them."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.bodies import Body, Text
from askorac.web.api.cursors import PageQuery, answer_page, read_page
from askorac.web.api.problems import refuse
from askorac.web.api.schema import operation, page_of
from askorac.web.paging import NEWEST_FIRST
from projects.api_keys import MOST_NAME, create_api_key, get_api_key, revoke_api_key
from projects.api_views import ApiView
from projects.models import ApiKey, Project, Rights

ALL_METHODS = ("GET", "POST", "DELETE")
ITSELF = "This is the key that asks. Revoke it with another one, or in the dashboard."
NO_PROJECT = "There is no such project in this organization."


class ApiKeyShape(serializers.Serializer[Any]):
    """An API key, without what makes it one."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    rights = serializers.ChoiceField(Rights.choices)
    project_id = serializers.UUIDField(
        allow_null=True, help_text="The one project that it opens, or null: all of them."
    )
    shown = serializers.CharField(help_text="Its beginning and its end, to tell it by.")
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    revoked_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        ref_name = "ApiKey"


class MadeApiKeyShape(ApiKeyShape):
    """A new API key."""

    key = serializers.CharField(help_text="The key itself. It is not shown again: keep it.")

    class Meta:
        ref_name = "MadeApiKey"


class NewApiKey(Body):
    """A key to be made."""

    name = Text(max_length=MOST_NAME, help_text="Which program has it.")
    rights = serializers.ChoiceField(Rights.choices, help_text="Whether it may change anything.")
    project_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="The one project that it opens; without one, all of them.",
    )


class ApiKeys(ApiView):
    """All API keys."""

    group = "API keys"
    queries = {"GET": PageQuery}
    needs = {"GET": "write"}
    whole_organization = ALL_METHODS

    @operation("list_api_keys", "List API keys", answer=page_of(ApiKeyShape))
    def get(self, request: Request) -> Response:
        """All keys of the organization, revoked ones as well, the newest first. Needs a key that
        may write to the whole organization, as all of this group does."""
        page = read_page(ApiKey.objects.all(), order=NEWEST_FIRST, query=self.query)
        return answer_page(request, page, lambda row: ApiKeyShape(row).data)

    @operation(
        "create_api_key",
        "Make an API key",
        body=NewApiKey,
        answer=MadeApiKeyShape,
        status=HTTPStatus.CREATED,
    )
    def post(self, request: Request) -> Response:
        """A new key. The answer is the only place where the key itself stands."""
        wanted = self.body(NewApiKey)
        made = create_api_key(
            name=wanted["name"],
            rights=wanted["rights"],
            project=_project(wanted["project_id"]),
            by=self.access.actor,
            now=timezone.now(),
            is_owners=self.access.is_owners,
            made_by=self.access.made_by,
        )
        row = {**ApiKeyShape(made.row).data, "key": made.key}
        return Response(row, status=HTTPStatus.CREATED)


class OneApiKey(ApiView):
    """One API key."""

    group = "API keys"
    needs = {"GET": "write"}
    whole_organization = ALL_METHODS

    @operation("read_api_key", "Read about an API key", answer=ApiKeyShape)
    def get(self, request: Request, api_key_id: UUID) -> Response:
        """One key, without what makes it one."""
        return Response(ApiKeyShape(_api_key(api_key_id)).data)

    @operation("revoke_api_key", "Revoke an API key", status=HTTPStatus.NO_CONTENT)
    def delete(self, request: Request, api_key_id: UUID) -> Response:
        """Close a key for good, from the next request on. It stays in the list. No key revokes
        itself: whoever would replace it makes another one first."""
        if api_key_id == self.access.api_key_id:
            raise refuse(HTTPStatus.CONFLICT, ITSELF, code="own_key")
        revoke_api_key(api_key=_api_key(api_key_id), by=self.access.actor, now=timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT)


def _project(project_id: UUID | None) -> Project | None:
    if project_id is None:
        return None
    project = Project.objects.filter(pk=project_id).first()
    if project is None:
        raise ValidationError({"project_id": [NO_PROJECT]})
    return project


def _api_key(api_key_id: UUID) -> ApiKey:
    row = get_api_key(api_key_id)
    if row is None:
        raise Http404
    return row


urlpatterns = [
    path("api-keys/", ApiKeys.as_view(), name="api_keys"),
    path("api-keys/<uuid:api_key_id>/", OneApiKey.as_view(), name="api_key"),
]
