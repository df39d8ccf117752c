"""The description of the API, made once in a process from the endpoints themselves."""

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


@cache
def description() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    document: dict[str, Any] = generator.get_schema(public=True)  # type: ignore[no-untyped-call]
    return document


class Description(APIView):
    """`/api/v1/schema/`, open to anybody."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)
    metadata_class = None
    schema = None

    def get(self, request: Request) -> Response:
        """The document as JSON."""
        return Response(description(), headers={"Cache-Control": "public, max-age=300"})
