"""Writing down what was done, in the transaction that does it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from askorac.tenancy.context import require

from .models import AuditEvent


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a member, a program with an API key, a visitor, our staff, the system."""

    kind: Literal["member", "api_key", "visitor", "staff", "system"]
    id: UUID | None
    label: str


SYSTEM = Actor(kind="system", id=None, label="AskOrac")


@dataclass(frozen=True, slots=True)
class Target:
    """What it is done to, with the name that it has now."""

    kind: str
    id: UUID
    label: str = ""


def record(
    *,
    action: str,
    target: Target,
    by: Actor,
    now: datetime,
    using: str = DEFAULT_DB_ALIAS,
    **details: str | int | bool | list[str],
) -> None:
    """Add an audit event such as `source.removed` to the open organization's trail.

    Raises NoTenant outside a context. `details` name what changed: never content, never secrets.
    """
    AuditEvent.objects.using(using).create(
        organization_id=require(using).organization_id,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_label=by.label,
        action=action,
        target_kind=target.kind,
        target_id=target.id,
        target_label=target.label[:255],
        details=details,
        at=now,
    )
