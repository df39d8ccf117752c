"""What an organization keeps beside conversations, by the hundred thousand: its audit trail with
the links of its chain, members, checkpoints and receipts."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from bench.loading import copy_rows, settle, superuser

if TYPE_CHECKING:
    import psycopg

    from askorac.sealing.keyring import Keyring
    from askorac.testing.people import Customer
    from projects.models import Project

ACTIONS: Final = ("source.added", "conversation.read", "project.changed", "api_key.used")
DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many of each; the other records of an organization are fewer."""

    events: int = 100_000
    members: int = 1_000
    checkpoints: int = 8_760
    receipts: int = 10_000


def load(
    superuser_url: str, customer: Customer, project: Project, sizes: Sizes
) -> dict[str, object]:
    """Load them over a year; returns the ids that stand in addresses, of one of each."""
    from django.utils import timezone

    from askorac.sealing import keyrings
    from projects.models import AuditCheckpoint, AuditEvent, AuditLink, ErasureReceipt, Member, User

    now, ring = timezone.now(), keyrings.of(customer.id)
    owned = {"organization_id": customer.id}
    users = [uuid4() for _ in range(sizes.members)]
    members = [uuid4() for _ in users]
    receipts = [uuid4() for _ in range(sizes.receipts)]
    events = [uuid4() for _ in range(sizes.events)]
    with superuser(superuser_url) as session:
        copy_rows(session, User, (_user(user_id, now) for user_id in users))
        copy_rows(
            session,
            Member,
            (
                owned | {"id": id_, "user_id": user_id, "role": "viewer", "created_at": now}
                for id_, user_id in zip(members, users, strict=True)
            ),
        )
        copy_rows(
            session, AuditEvent, (owned | row for row in _events(ring, events, users, project, now))
        )
        _link(session, customer.id, events, now)
        copy_rows(
            session,
            AuditCheckpoint,
            (owned | _checkpoint(number, now) for number in range(sizes.checkpoints)),
        )
        copy_rows(
            session,
            ErasureReceipt,
            (owned | _receipt(id_, number, now) for number, id_ in enumerate(receipts)),
        )
        settle(session, User, Member, AuditEvent, AuditLink, AuditCheckpoint, ErasureReceipt)
    return {"member_id": members[0], "erasure_receipt_id": receipts[0]}


def _user(id_: UUID, now: datetime) -> dict[str, object]:
    return {"id": id_, "email": f"{id_.hex}@shop.example", "name": "A member", "created_at": now}


def _events(
    ring: Keyring, ids: list[UUID], users: list[UUID], project: Project, now: datetime
) -> Iterator[dict[str, object]]:
    """From the oldest to the newest, in the order of their links."""
    chance = random.Random(11)
    for number, id_ in enumerate(ids):
        actor = chance.choice(users)
        yield {
            "id": id_,
            "actor_kind": "member",
            "actor_id": actor,
            "actor_label": f"{actor.hex}@shop.example",
            "action": chance.choice(ACTIONS),
            "target_kind": "project",
            "target_id": project.pk,
            "target_label": sealed(ring, "target_label", id_, b"Help desk"),
            "details": sealed(ring, "details", id_, json.dumps({"count": number}).encode()),
            "at": now - timedelta(days=DAYS) * (1 - number / len(ids)),
            "address": "192.0.2.7",
        }


def sealed(ring: Keyring, name: str, row_id: UUID, value: bytes) -> bytes:
    """A value as it lies in a sealed column of the row of an event."""
    from askorac.sealing.fields import purpose_of
    from projects.models import AuditEvent

    return ring.seal(value, purpose=purpose_of(AuditEvent, name), row_id=row_id)


def _link(
    session: psycopg.Connection[Any], organization_id: UUID, events: list[UUID], now: datetime
) -> None:
    """Behind the links that there are. Hashes of nothing: pages show them, and reckon none."""
    from projects.models import AuditHead, AuditLink

    head = AuditHead._meta.db_table
    asked = session.execute(f"SELECT seq FROM {head} WHERE id = %s", [organization_id]).fetchone()
    first = asked[0] + 1 if asked else 1
    digest = sha256(b"").digest()
    common = {"organization_id": organization_id, "digest": digest, "chain": digest}
    rows = (
        common | {"id": id_, "seq": seq, "linked_at": now}
        for seq, id_ in enumerate(events, start=first)
    )
    copy_rows(session, AuditLink, rows)
    last = first + len(events) - 1
    session.execute(f"UPDATE {head} SET seq = %s WHERE id = %s", [last, organization_id])


def _checkpoint(number: int, now: datetime) -> dict[str, object]:
    return {
        "id": uuid4(),
        "kind": "checkpoint",
        "seq": number + 1,
        "at": now - timedelta(hours=number),
        "document": {"seq": number + 1},
        "key_id": "0123456789abcdef",
        "public_key": bytes(32),
        "signature": bytes(64),
    }


def _receipt(id_: UUID, number: int, now: datetime) -> dict[str, object]:
    return {
        "id": id_,
        "kind": "retention.purged",
        "at": now - timedelta(minutes=50 * number),
        "document": {
            "counts": {"conversations": number},
            "rule": "retention",
            "keys_destroyed": [],
        },
        "key_id": "0123456789abcdef",
        "signature": "00" * 64,
    }
