"""Signed statements about the audit trail: where it stands, and what was cut from its front.

A checkpoint is signed each hour in which something was written down (`sign_due`). Whoever keeps one
can prove what the trail was up to then; `docs/verify_audit.py` does.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone

from askorac.jobs.leases import Lease
from askorac.signing.live import live_key
from askorac.signing.signatures import Signed, sign
from askorac.tenancy.context import require, tenant
from askorac.tenancy.trail_deeds import CUT_TYPE, cut_due, cut_trail
from askorac.web.paging import Keyset, Page, read_page

from ..holdings import Counts, Due, Holding
from ..models import AuditCheckpoint, AuditHead, AuditLink, Content
from .chaining import moment

CHECKPOINT_TYPE: Final = "askorac.audit-checkpoint/1"
JOB: Final = "audit.checkpoint"
PAGE: Final = 24


def _place(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError(value)
    return value


LATEST_FIRST: Final = Keyset("seq", _place)
# What is done with a checkpoint that was just made, in its transaction.
Follow = Callable[[AuditCheckpoint], None]


@dataclass(frozen=True, slots=True)
class Place:
    """How far the chain of the open organization goes."""

    seq: int
    chain: bytes


def head() -> Place | None:
    """The end of the chain; None before anything was written down."""
    row = AuditHead.objects.first()
    return Place(row.seq, bytes(row.chain)) if row else None


def sign_due(lease: Lease, *, follow: Follow) -> None:
    """The job: sign where the trail stands, if anything was written down since the last time.

    Raises KeyRevoked or KeysAway; the job then waits.
    """
    live_key()  # asked for before a transaction is open
    with tenant(lease.organization_id):
        place = head()
        if place is None or place.seq <= _signed_up_to():
            return
        follow(_keep("checkpoint", sign_now(place, now=timezone.now()), place.seq))


def sign_now(place: Place, *, now: datetime) -> Signed:
    """A checkpoint of a place in the open organization's chain.

    Raises KeyRevoked, KeysAway, Tampered.
    """
    return sign(_document(CHECKPOINT_TYPE, place, now))


def purge_trail(*, now: datetime, most: int = 5_000) -> int:
    """Cut events off the front of the open organization's trail, at most so many; how many went.

    Which may go, the database reckons from the organization's rule; it refuses without a rule, and
    without the statement that is signed here about the link up to which they go. Raises
    KeyRevoked, KeysAway.
    """
    due = cut_due(most=most)
    if due is None:
        return 0
    place = Place(*due)
    signed = sign(_document(CUT_TYPE, place, now))
    return cut_trail(
        place.seq,
        document=signed.document,
        key_id=signed.key_id,
        public_key=signed.public_key,
        signature=signed.signature,
    )


def list_checkpoints(*, cursor: str | None = None, limit: int = PAGE) -> Page[AuditCheckpoint]:
    """A page of the checkpoints, the latest first. Raises NoSuchCursor."""
    rows = AuditCheckpoint.objects.filter(kind="checkpoint")
    return read_page(rows, order=LATEST_FIRST, cursor=cursor, limit=limit)


def get_checkpoint(checkpoint_id: UUID) -> AuditCheckpoint | None:
    """The statement of the open organization that has this id; None for any other id."""
    return AuditCheckpoint.objects.filter(pk=checkpoint_id).first()


def last_cut() -> AuditCheckpoint | None:
    """The statement about the latest cut; None if the trail is as it began."""
    return AuditCheckpoint.objects.filter(kind="cut").order_by("-seq").first()


def as_dict(row: AuditCheckpoint) -> dict[str, Any]:
    """A statement as it is given away."""
    return {
        "document": row.document,
        "key_id": row.key_id,
        "public_key": base64.b64encode(bytes(row.public_key)).decode(),
        "signature": base64.b64encode(bytes(row.signature)).decode(),
    }


def _signed_up_to() -> int:
    latest = AuditCheckpoint.objects.filter(kind="checkpoint").order_by("-seq").first()
    return latest.seq if latest else 0


def _document(kind: str, place: Place, now: datetime) -> dict[str, Any]:
    return {
        "type": kind,
        "organization_id": str(require().organization_id),
        "seq": place.seq,
        "chain": place.chain.hex(),
        "at": moment(now),
        "installation": settings.PUBLIC_URL,
    }


def _keep(kind: str, signed: Signed, seq: int) -> AuditCheckpoint:
    return AuditCheckpoint.objects.create(
        id=uuid4(),
        kind=kind,
        seq=seq,
        at=timezone.now(),
        document=signed.document,
        key_id=signed.key_id,
        public_key=signed.public_key,
        signature=signed.signature,
    )


def _due(project_id: UUID | None, before: datetime) -> Due:
    links = AuditLink.objects.filter(linked_at__lt=before)
    oldest = links.order_by("seq").values_list("linked_at", flat=True).first()
    return Due(links.count(), oldest)


def _purge(project_id: UUID | None, before: datetime, now: datetime, most: int) -> Counts:
    count = purge_trail(now=now, most=most)
    return {"audit_events": count} if count else {}


HOLDING: Final = Holding(Content.AUDIT, _due, _purge)
