"""What organizations use, for our staff: on their login, summed by the database."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet, Sum

from askorac.tenancy.router import STAFF
from knowledge.models import Source
from projects.models import Organization

from .models import Usage

MOST_LISTED: Final = 100
MOST_MONTHS: Final = 36
_SUMS: Final = ("answers", "failures", "input_tokens", "output_tokens", "cost")


@dataclass(frozen=True, slots=True)
class Used:
    """What one organization used in one month. `cost` is in US dollars, as far as it is known."""

    organization_id: UUID
    name: str
    month: date
    answers: int
    failures: int
    input_tokens: int
    output_tokens: int
    cost: Decimal
    stored_bytes: int


def usage_of_month(month: date) -> list[Used]:
    """The organizations that used most in a month, with what they store now. Three statements."""
    of_month = _rows().filter(month=month).values("organization_id")
    rows = list(_summed(of_month).order_by("-all_answers", "organization_id")[:MOST_LISTED])
    ids = [row["organization_id"] for row in rows]
    organizations = Organization.objects.using(STAFF).filter(pk__in=ids)
    names = dict(organizations.values_list("pk", "name"))
    stored = stored_bytes(ids)
    return [_used(row, names.get(row["organization_id"], "gone"), month, stored) for row in rows]


def usage_of_organization(organization_id: UUID) -> list[Used]:
    """The latest months of one organization, with what it stores now. Two statements."""
    own = _rows().filter(organization_id=organization_id).values("organization_id", "month")
    rows = _summed(own).order_by("-month")[:MOST_MONTHS]
    stored = stored_bytes([organization_id])
    return [_used(row, "", row["month"], stored) for row in rows]


def stored_bytes(organization_ids: list[UUID]) -> dict[UUID, int]:
    """How many bytes each has given as sources, and not taken back."""
    sources = Source.objects.using(STAFF).filter(organization_id__in=organization_ids)
    summed = sources.values("organization_id").annotate(stored=Sum("size_bytes"))
    return {row["organization_id"]: row["stored"] for row in summed}


def _rows() -> QuerySet[Usage]:
    return Usage.objects.using(STAFF)


def _summed(rows: Any) -> Any:
    return rows.annotate(**{f"all_{name}": Sum(name) for name in _SUMS})


def _used(row: dict[str, Any], name: str, month: date, stored: dict[UUID, int]) -> Used:
    sums = {each: row[f"all_{each}"] for each in _SUMS}
    organization_id = row["organization_id"]
    return Used(organization_id, name, month, **sums, stored_bytes=stored.get(organization_id, 0))
