"""How the providers have answered of late, over all organizations: for our staff, on its login."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Max

from askorac.tenancy.router import STAFF

from .models import Turn

LATE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Answers:
    """How many turns of a provider ended with one code; empty for an answer."""

    provider: str
    code: str
    count: int
    last_at: datetime


def answers_of_late(*, now: datetime) -> list[Answers]:
    """Of the last hour, by provider and by how they ended. One statement, by an index."""
    ended = Turn.objects.using(STAFF).filter(finished_at__gte=now - LATE).exclude(provider="")
    rows = ended.values("provider", "code").annotate(n=Count("pk"), last=Max("finished_at"))
    return [
        Answers(row["provider"], row["code"], row["n"], row["last"])
        for row in rows.order_by("provider", "code")
    ]
