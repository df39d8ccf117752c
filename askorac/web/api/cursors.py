"""Which page of a list a request asks for, and a page as every list answers it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web import paging
from askorac.web.paging import Keyset, NoSuchCursor, Page

from .bodies import Body

PAGE: Final = 50
MOST_ON_A_PAGE: Final = 100
NO_CURSOR: Final = "This is not a cursor of this list. Begin without one."

M = TypeVar("M", bound=Model)
T = TypeVar("T")


class PageQuery(Body):
    """Which page of a list is wanted."""

    cursor = serializers.CharField(
        required=False, max_length=400, help_text="From `next` or `previous` of another page."
    )
    limit = serializers.IntegerField(
        required=False,
        default=PAGE,
        min_value=1,
        max_value=MOST_ON_A_PAGE,
        help_text="How many at most.",
    )

    def validate(self, attrs: Any) -> Any:
        """Without a cursor, the first page."""
        return {"cursor": None, **attrs}


def read_page(rows: "QuerySet[M]", *, order: Keyset, query: Mapping[str, Any]) -> Page[M]:
    """The page of `rows` that a PageQuery asks for, in one statement. Raises ValidationError."""
    try:
        return paging.read_page(rows, order=order, cursor=query["cursor"], limit=query["limit"])
    except NoSuchCursor:
        raise ValidationError({"cursor": [NO_CURSOR]}) from None


def answer_page(request: Request, page: Page[T], describe: Callable[[T], Any]) -> Response:
    """The page as JSON: `results`, and the addresses of the pages around it, or null."""
    return Response(
        {
            "next": _address(request, page.next),
            "previous": _address(request, page.previous),
            "results": [describe(row) for row in page.rows],
        }
    )


def _address(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    asked: Mapping[str, str] = {**request.query_params.dict(), "cursor": cursor}
    return f"{request.build_absolute_uri(request.path)}?{urlencode(asked)}"
