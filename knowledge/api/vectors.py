"""/api/v1/encryption/vectors/: whether an organization has its vectors sealed."""

from typing import Any

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.bodies import Body, Flag
from askorac.web.api.schema import operation
from knowledge.vectors.choosing import choose_sealing, read_sealing
from projects.api_views import ApiView


class VectorsShape(serializers.Serializer[Any]):
    """Whether vectors are sealed, and the work on that."""

    is_wanted = serializers.BooleanField(help_text="Whether all vectors are to lie sealed.")
    is_going_on = serializers.BooleanField(help_text="Whether some are still being stored anew.")
    done = serializers.IntegerField()
    total = serializers.IntegerField(help_text="Of how many vectors.")
    reason = serializers.CharField(help_text="Why the work waits or failed; mostly empty.")

    class Meta:
        ref_name = "Vectors"


class VectorsBody(Body):
    """What is chosen."""

    is_wanted = Flag(help_text="Whether all vectors are to lie sealed.")


class Vectors(ApiView):
    """The form in which vectors lie."""

    group = "Encryption"
    needs = {"GET": "write"}
    whole_organization = ("GET", "POST")

    @operation("read_vectors", "Read whether vectors are sealed", answer=VectorsShape)
    def get(self, request: Request) -> Response:
        """Whether vectors are sealed, and how far that is done. Sealed vectors can't be turned
        back into text without the key; searches open them into memory."""
        return Response(VectorsShape(read_sealing()).data)

    @operation("seal_vectors", "Seal vectors, or not", body=VectorsBody, answer=VectorsShape)
    def post(self, request: Request) -> Response:
        """Have all vectors of the organization sealed, or no longer. They are stored anew in the
        background, and answers go on meanwhile."""
        wanted: bool = self.body(VectorsBody)["is_wanted"]
        choose_sealing(is_wanted=wanted, by=self.access.actor, now=timezone.now())
        return Response(VectorsShape(read_sealing()).data)


urlpatterns = [path("encryption/vectors/", Vectors.as_view(), name="vectors")]
