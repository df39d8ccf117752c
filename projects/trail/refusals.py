"""That somebody was refused is written down, though what they asked for is undone.

The first few are events of their own. Of one who asks again and again, the hundredth is, and the
thousandth: nobody fills a trail by asking for what they may not have.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest
from redis import RedisError

from askorac.tenancy.context import tenant
from askorac.tenancy.origins import current_origin, network_of
from askorac.tenancy.router import ACCOUNTS

from ..models import ApiKey
from .actions import REFUSED
from .recording import MOST_LABEL, Actor, Target, record

# Of one actor, from one network, for one right: what is counted together, and how many of them
# are told one by one.
WINDOW_SECONDS: Final = 3_600
TOLD_ONE_BY_ONE: Final = 10


def note_refusal(
    request: HttpRequest,
    *,
    organization_id: UUID,
    right: str,
    by: Actor,
    now: datetime,
    project_id: object = None,
) -> None:
    """A member, or a program whose key is known, may not do what was asked for.

    By another login than the request's, whose transaction goes back. Beyond TOLD_ONE_BY_ONE an
    hour, the hundredth is told, the thousandth, and so on, with how many they were by then.
    """
    number = _number(organization_id, by, right)
    if number > TOLD_ONE_BY_ONE and str(number).strip("0") != "1":
        return
    match = request.resolver_match
    details: dict[str, str | int] = {
        "right": right,
        "page": match.view_name if match else "",
        "method": request.method or "",
    }
    if number > TOLD_ONE_BY_ONE:
        details["count"] = number
    if isinstance(project_id, UUID):
        details["project"] = str(project_id)
    target = Target(kind="organization", id=organization_id)
    with tenant(organization_id, using=ACCOUNTS):
        record(action=REFUSED, target=target, by=by, now=now, using=ACCOUNTS, **details)


def _number(organization_id: UUID, by: Actor, right: str) -> int:
    """The how many-th refusal of this hour it is; each is told while nobody can count."""
    network = network_of(current_origin().address)
    name = f"refusals:{organization_id}:{by.kind}:{by.id}:{right}:{network}"
    try:
        cache.add(name, 0, timeout=WINDOW_SECONDS)
        return int(cache.incr(name))
    except (RedisError, ValueError):  # away, or the hour ended this very moment
        return 1


def note_revoked_key(*, organization_id: UUID, api_key_id: UUID, now: datetime) -> None:
    """A key was used that had been revoked. No context is open."""
    with tenant(organization_id):
        row = ApiKey.objects.filter(pk=api_key_id).first()
        if row is None:
            return
        label = row.name[:MOST_LABEL]
        record(
            action="api_key.refused",
            target=Target(kind="api_key", id=row.pk, label=label),
            by=Actor(kind="api_key", id=row.pk, label=label),
            now=now,
        )
