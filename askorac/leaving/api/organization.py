"""/api/v1/organization/: the organization itself, and its end."""

from http import HTTPStatus
from typing import Any, Final

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.bodies import Body
from askorac.web.api.schema import operation
from projects.api.projects import DeletionShape
from projects.api_views import ApiView
from projects.deletion import schedule_organization, take_back_organization
from projects.models import Organization
from projects.retention.holds import is_held
from projects.wording import one_line

NOT_ITS_NAME: Final = "This is not the name of the organization. Nothing was deleted."
ALL_METHODS: Final = ("GET", "POST", "DELETE")


class OrganizationShape(serializers.Serializer[Any]):
    """The organization that the key is of."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()
    deletes_at = serializers.DateTimeField(
        allow_null=True, help_text="When it is deleted, if an owner has asked for that."
    )

    class Meta:
        ref_name = "Organization"


class NameQuery(Body):
    """The name of what is to be deleted, so that no mistaken call does it."""

    name = serializers.CharField(max_length=120, help_text="The organization's name.")


class OneOrganization(ApiView):
    """The organization."""

    group = "Organization"
    queries = {"DELETE": NameQuery}
    needs = {"DELETE": "own"}
    whole_organization = ALL_METHODS
    while_ending = ("DELETE",)
    opens_context = False

    @operation("read_organization", "Read the organization", answer=OrganizationShape)
    def get(self, request: Request) -> Response:
        """What it is called, and whether it is to be deleted."""
        with self.context():
            return _described()

    @operation(
        "delete_organization",
        "Delete the organization",
        answer=DeletionShape,
        status=HTTPStatus.ACCEPTED,
    )
    def delete(self, request: Request) -> Response:
        """Close all of its assistants at once, and have everything destroyed after seven days, for
        good. Until then it can be read and exported, and the deletion taken back. Needs a key that
        an owner has made."""
        with self.context():
            name = Organization.objects.get().name
        if one_line(self.query["name"]) != one_line(name):
            raise ValidationError({"name": [NOT_ITS_NAME]})
        when = schedule_organization(
            organization_id=self.access.organization_id,
            by=self.access.actor,
            now=timezone.now(),
        )
        with self.context():
            told = {"deletes_at": when, "is_held": is_held(None)}
        return Response(DeletionShape(told).data, status=HTTPStatus.ACCEPTED)


class TakeBackOrganization(ApiView):
    """The deletion of the organization, taken back."""

    group = "Organization"
    needs = {"POST": "own"}
    whole_organization = ALL_METHODS
    while_ending = ALL_METHODS
    opens_context = False

    @operation("take_back_organization", "Take back its deletion", answer=OrganizationShape)
    def post(self, request: Request) -> Response:
        """Keep the organization, and let its assistants answer again. Needs a key that an owner has
        made."""
        take_back_organization(
            organization_id=self.access.organization_id,
            by=self.access.actor,
            now=timezone.now(),
        )
        with self.context():
            return _described()


def _described() -> Response:
    return Response(OrganizationShape(Organization.objects.get()).data)


urlpatterns = [
    path("organization/", OneOrganization.as_view(), name="organization"),
    path("organization/take-back/", TakeBackOrganization.as_view(), name="take_back_organization"),
]
