"""/api/v1/second-factor/: whether members need two factors, for programs that watch over it."""

from typing import Any

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.bodies import Body, Flag
from askorac.web.api.schema import operation
from projects.api_views import ApiView
from projects.models import Organization
from projects.signing_in.second_factor_rule import require_second_factor
from projects.signing_in.second_factors import has_owner_with_factor, members_without_factor


class SecondFactorShape(serializers.Serializer[Any]):
    """Whether members log in with two factors."""

    is_required = serializers.BooleanField(
        help_text="Whether members without a second factor are led to set one up, and do nothing"
        " else. API keys go on."
    )
    lacking = serializers.IntegerField(help_text="How many members have none.")

    class Meta:
        ref_name = "SecondFactor"


class ChangedSecondFactor(Body):
    """Whether it is required from now on."""

    is_required = Flag(help_text="Refused while no owner has a second factor.")


class SecondFactor(ApiView):
    """Whether two factors are required."""

    group = "Members"
    needs = {"PATCH": "own"}
    whole_organization = ("GET", "PATCH")

    @operation("read_second_factor", "Read the rule of two factors", answer=SecondFactorShape)
    def get(self, request: Request) -> Response:
        """Whether members log in with two factors, and how many could not."""
        return Response(_shown())

    @operation(
        "change_second_factor",
        "Require two factors, or no longer",
        body=ChangedSecondFactor,
        answer=SecondFactorShape,
    )
    def patch(self, request: Request) -> Response:
        """Members without a second factor are led to set one up from their next page on. Needs a
        key that an owner has made."""
        require_second_factor(
            organization_id=self.access.organization_id,
            is_required=self.body(ChangedSecondFactor)["is_required"],
            has_own=has_owner_with_factor(),
            by=self.access.actor,
            now=timezone.now(),
        )
        return Response(_shown())


def _shown() -> dict[str, Any]:
    is_required = Organization.objects.get().requires_second_factor
    return dict(
        SecondFactorShape(
            {"is_required": is_required, "lacking": members_without_factor().count}
        ).data
    )


urlpatterns = [path("second-factor/", SecondFactor.as_view(), name="second_factor")]
