"""That somebody was refused is written down, though what they asked for is undone."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest

from askorac.tenancy.context import tenant
from askorac.tenancy.router import ACCOUNTS

from ..models import ApiKey
from .recording import MOST_LABEL, Actor, Target, record

REFUSED = "access.refused"


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

    By another login than the request's, whose transaction goes back.
    """
    match = request.resolver_match
    details = {
        "right": right,
        "page": match.view_name if match else "",
        "method": request.method or "",
    }
    if isinstance(project_id, UUID):
        details["project"] = str(project_id)
    target = Target(kind="organization", id=organization_id)
    with tenant(organization_id, using=ACCOUNTS):
        record(action=REFUSED, target=target, by=by, now=now, using=ACCOUNTS, **details)


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
