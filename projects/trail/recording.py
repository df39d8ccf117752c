"""Writing down what was done, in the transaction that does it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from askorac.sealing import KeyRevoked, KeysAway, keyrings
from askorac.tenancy.context import require
from askorac.tenancy.origins import current_origin

from ..models import AuditEvent
from .chaining import commitment, new_salt, spelled


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a member, a program with an API key, a visitor, our staff, the system."""

    kind: Literal["member", "api_key", "visitor", "staff", "system"]
    id: UUID | None
    label: str


MOST_LABEL: Final = 255
MOST_ADDRESS: Final = 45
# Of an event whose names could not be sealed.
UNNAMED: Final = {"unnamed": True}
# Whom nobody knows.
SOMEBODY = Actor(kind="visitor", id=None, label="")
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
    While the key is away, the event goes without names: else no API key could be revoked then.
    Address and session are those of the request that is being answered.
    """
    organization_id, origin = require(using).organization_id, current_origin()
    AuditEvent.objects.using(using).create(
        organization_id=organization_id,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_label=by.label,
        action=action,
        target_kind=target.kind,
        target_id=target.id,
        at=now,
        address=origin.address[:MOST_ADDRESS],
        session=origin.session,
        **_names(organization_id, target.label[:MOST_LABEL], details),
    )


def _names(organization_id: UUID, label: str, details: dict[str, Any]) -> dict[str, Any]:
    """The columns that are sealed; a remark in their place if there is no key to seal them."""
    if not label and not details:
        return {}
    try:
        keyrings.of(organization_id)
    except (KeyRevoked, KeysAway):
        return {"remarks": UNNAMED}
    committed = {"target_label": label} if label else {}
    committed |= {"details": spelled(details)} if details else {}
    salts = {name: new_salt() for name in committed}
    return {
        "target_label": label,
        "details": details or None,
        "sealed_salts": salts,
        "commitments": {
            name: commitment(name, value, salt=salts[name]) for name, value in committed.items()
        },
    }
