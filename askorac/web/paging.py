"""Lists page by page: a cursor names the row at which a page begins, so that what is added or
removed meanwhile moves nothing, and the hundredth page costs as much as the first."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import Http404

M = TypeVar("M", bound=Model)
T = TypeVar("T")


class NoSuchCursor(Http404):
    """Nobody gave out this cursor for this list; a page that is asked for by it isn't there."""


@dataclass(frozen=True, slots=True)
class Keyset:
    """By what a list is ordered: a field, down or up, then the id, always up."""

    field: str
    parse: Callable[[Any], Any]
    is_descending: bool = True


def moment(value: Any) -> datetime:
    """A time as cursors carry it. Raises ValueError or TypeError."""
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError(value)
    return at


def ordinal(value: Any) -> int:
    """A place in a list as cursors carry it. Raises ValueError."""
    if type(value) is not int or not 0 <= value < 2**31:
        raise ValueError(value)
    return value


NEWEST_FIRST: Final = Keyset("created_at", moment)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, with the cursors of the pages around them."""

    rows: Sequence[T]
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Right after a row, or right before it."""

    value: Any
    id: UUID
    is_before: bool


def read_page(rows: "QuerySet[M]", *, order: Keyset, cursor: str | None, limit: int) -> Page[M]:
    """At most `limit` rows from the cursor on, in one statement; without one, from the beginning.

    Raises NoSuchCursor.
    """
    place = _parse(cursor, order) if cursor else None
    is_backwards = place is not None and place.is_before
    if place is not None:
        rows = rows.filter(_beyond(place, order))
    field_sign = "-" if order.is_descending != is_backwards else ""
    id_sign = "-" if is_backwards else ""
    found = list(rows.order_by(f"{field_sign}{order.field}", f"{id_sign}id")[: limit + 1])
    has_more, found = len(found) > limit, found[:limit]
    if is_backwards:
        found.reverse()
    has_next, has_previous = (True, has_more) if is_backwards else (has_more, place is not None)
    return Page(
        rows=found,
        next=_cursor(found[-1], order, is_before=False) if found and has_next else None,
        previous=_cursor(found[0], order, is_before=True) if found and has_previous else None,
    )


def _beyond(place: _Place, order: Keyset) -> Q:
    than = "lt" if order.is_descending != place.is_before else "gt"
    tied_than = "lt" if place.is_before else "gt"
    further = Q(**{f"{order.field}__{than}": place.value})
    tied = Q(**{order.field: place.value, f"id__{tied_than}": place.id})
    return further | tied


def _cursor(row: Model, order: Keyset, *, is_before: bool) -> str:
    value = getattr(row, order.field)
    plain = value.isoformat() if isinstance(value, datetime) else value
    raw = json.dumps([plain, str(row.pk), int(is_before)]).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _parse(cursor: str, order: Keyset) -> _Place:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        value, row_id, is_before = json.loads(raw)
        return _Place(order.parse(value), UUID(row_id), bool(is_before))
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise NoSuchCursor("No such page.") from None
