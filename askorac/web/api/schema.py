"""How endpoints describe themselves: an operation by its decorator, its errors without a word."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, ClassVar, Final, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from .bodies import Body
from .problems import CONTENT_TYPE, KNOWN

F = TypeVar("F", bound=Callable[..., Any])
Shape = type[serializers.BaseSerializer[Any]]

IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description=(
        "A value of your own for this write, such as a UUID. Sent again with the same request "
        "within 24 hours, it gives the recorded answer and nothing is done twice."
    ),
)
RATE_HEADERS: Final = {
    "RateLimit-Limit": "How many requests a minute are taken.",
    "RateLimit-Remaining": "How many are left in the running minute.",
    "RateLimit-Reset": "Seconds until the running minute ends.",
}


class ProblemShape(serializers.Serializer[Any]):
    """An error (RFC 9457)."""

    type = serializers.CharField(help_text="Where this kind of error is described.")
    title = serializers.CharField(help_text="The kind of error in words.")
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="The kind of error for programs.")
    detail = serializers.CharField(help_text="What happened, and what to do.")
    errors = serializers.DictField(  # type: ignore[assignment]  # a field here, not the framework's
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Of a request that is not valid: sentences by field.",
    )
    retry_after = serializers.IntegerField(
        required=False, help_text="After how many seconds to try again."
    )

    class Meta:
        ref_name = "Problem"


def operation(
    operation_id: str,
    summary: str,
    *,
    answer: Any = None,
    status: HTTPStatus = HTTPStatus.OK,
    body: Any = None,
    media_type: str = "application/json",
    also: dict[Any, Any] | None = None,
) -> Callable[[F], F]:
    """Describe one method of a view; what it says in its docstring is the description.

    `answer` is the serializer of a good answer, None for one without a body; `body` that of the
    request, or a serializer by media type; `also` are further answers, as the framework has them.
    """
    good = OpenApiResponse(answer, description=status.phrase)
    decorate: Callable[[F], F] = extend_schema(
        operation_id=operation_id,
        summary=summary,
        request=body,
        responses={(int(status), media_type): good, **(also or {})},
    )
    return decorate


def page_of(row: Shape) -> Shape:
    """The shape of a page of rows."""
    name = row.__name__.removesuffix("Shape")
    cursor = "The address of the {} page, or null if there is none."
    fields = {
        "__doc__": "One page of a list.",
        "next": serializers.CharField(allow_null=True, help_text=cursor.format("next")),
        "previous": serializers.CharField(allow_null=True, help_text=cursor.format("previous")),
        "results": row(many=True),
        "Meta": type("Meta", (), {"ref_name": f"{name}Page"}),
    }
    return type(f"{name}Page", (serializers.Serializer,), fields)


class ApiSchema(AutoSchema):
    """The framework's, told by a view of ours what it takes and how it refuses."""

    def get_override_parameters(self) -> list[Any]:
        """The query as the view has it, and the idempotency key of writes."""
        query = getattr(self.view, "queries", {}).get(self.method)
        parameters: list[Any] = [query] if query else []
        if self._takes_idempotency_key():
            parameters.append(IDEMPOTENCY_KEY)
        return parameters

    def get_tags(self) -> list[str]:
        """The group that the view names."""
        view: Any = self.view
        return [view.group]

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        for status in self._problems():
            bodies.setdefault(str(status), self._problem(status))
        for code, answer in bodies.items() if self._is_closed() else ():
            if code.startswith("2") or code == "429":
                answer["headers"] = {**answer.get("headers", {}), **_RATE_HEADERS}
        return dict(sorted(bodies.items()))

    def _problems(self) -> Iterator[int]:
        """With which statuses the operation may refuse."""
        yield from (400, 404, 405, 406, 500, 503)
        if self._is_closed():
            yield from (401, 403, 423, 429)
        if self.method not in SAFE_METHODS:
            yield from (413, 415)
        if self._takes_idempotency_key():
            yield 409

    def _problem(self, status: int) -> dict[str, Any]:
        component = self.resolve_serializer(ProblemShape, "response")
        return {
            "description": KNOWN[status][1],
            "content": {CONTENT_TYPE: {"schema": component.ref}},
        }

    def _is_closed(self) -> bool:
        return bool(self.view.authentication_classes)

    def _takes_idempotency_key(self) -> bool:
        takes = getattr(self.view, "takes_idempotency_key", False)
        return takes and self.method not in SAFE_METHODS

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if isinstance(serializer, Body):
            schema["additionalProperties"] = False
            for name, each in serializer.fields.items():
                if isinstance(each, serializers.CharField) and not each.allow_blank:
                    schema["properties"][name].setdefault("minLength", 1)
        return schema


_RATE_HEADERS: Final = {
    name: {"description": words, "schema": {"type": "integer"}}
    for name, words in RATE_HEADERS.items()
}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the key is sent."""

    target_class = "projects.api_access.ApiKeyAuthentication"
    name = "apiKey"
    target_component: ClassVar[str] = ""

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "orac_sk_…"}


def without_marks(result: Any, **_: Any) -> Any:
    """A hook of the generator: drop what it notes for itself."""
    if isinstance(result, dict):
        return {key: without_marks(each) for key, each in result.items() if key != "x-spec-enum-id"}
    return [without_marks(each) for each in result] if isinstance(result, list) else result
