"""A write that its sender repeats with the same `Idempotency-Key` happens once.

The first request takes the key by a unique row before anything is done. Its answer is kept for a
day, sealed with the sender's API key, which is not kept here: what an answer carried (a new key,
say) lies nowhere in the clear. A request that was refused has changed nothing, and leaves its key
free.
"""

import hmac
import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db.models import F

from askorac.jobs.leases import Lease, Waiting, hold, plan
from askorac.tenancy.context import require, tenant

from .models import IdempotencyRecord

FORGET_ANSWERS: Final = "idempotency.forget"
KEPT_FOR: Final = timedelta(hours=24)
LEASE: Final = timedelta(minutes=2)  # a context, and with it the write, ends after one
_NONCE_BYTES: Final = 12


class KeyReused(Exception):
    """The key stands for another request."""


class StillRunning(Exception):
    """The request that took the key has not been answered yet."""


class ClaimLost(Exception):
    """This request took so long that a repetition has taken its place: write nothing."""


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A write with its key. `secret` is the sender's, `fingerprint` is of all that was sent."""

    api_key_id: UUID
    key: str
    fingerprint: bytes
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to answer a write, held under a fence."""

    record_id: UUID
    fence: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: the status and the JSON that went with it."""

    status: int
    data: Any


def claim(write: Repeatable, *, now: datetime) -> Claim | Answer:
    """Take the write, or find the answer that it has already. Commit before anything is done.

    Raises KeyReused or StillRunning.
    """
    found, is_new = IdempotencyRecord.objects.get_or_create(
        organization_id=require().organization_id,
        api_key_id=write.api_key_id,
        key_sha256=_digest(write.key.encode(), write.secret),
        defaults={
            "fingerprint": _digest(write.fingerprint, write.secret),
            "lease_expires_at": now + LEASE,
            "created_at": now,
            "expires_at": now + KEPT_FOR,
        },
    )
    if is_new:
        _plan_forgetting(now)
        return Claim(found.pk, found.fence)
    if found.expires_at <= now:
        found.delete()
        return claim(write, now=now)
    sent = _digest(write.fingerprint, write.secret)
    if not hmac.compare_digest(bytes(found.fingerprint), sent):
        raise KeyReused
    if found.status is not None:
        return Answer(found.status, _opened(found, write.secret))
    return _take_over(found, now)


def keep(claimed: Claim, answer: Answer, *, secret: bytes) -> None:
    """Record the answer, best in the transaction that did the work. Raises ClaimLost."""
    sealed = _sealed(answer.data, claimed.record_id, secret)
    kept = _held(claimed).update(status=answer.status, sealed_body=sealed)
    if not kept:
        raise ClaimLost


def release(claimed: Claim) -> None:
    """Nothing was done: the key is free again."""
    _held(claimed).delete()


def hand_on(claimed: Claim, *, now: datetime) -> None:
    """It broke, and something may have been done: a repetition goes on under the same id."""
    _held(claimed).update(lease_expires_at=now)


def forget_answers(lease: Lease) -> None:
    """The job: delete what is older than a day, and come back for what is not yet."""
    with tenant(lease.organization_id):
        hold(lease)
        now = datetime.now().astimezone()
        IdempotencyRecord.objects.filter(expires_at__lte=now).delete()
        newest = IdempotencyRecord.objects.order_by("-expires_at").first()
    if newest is not None:
        wait = (newest.expires_at - now).total_seconds()
        raise Waiting("Younger answers are left.", seconds=wait + 1)


def _take_over(found: IdempotencyRecord, now: datetime) -> Claim:
    """The place of a request whose process has died."""
    lapsed = IdempotencyRecord.objects.filter(
        pk=found.pk, fence=found.fence, status=None, lease_expires_at__lt=now
    )
    if not lapsed.update(fence=F("fence") + 1, lease_expires_at=now + LEASE):
        raise StillRunning
    return Claim(found.pk, found.fence + 1)


def _held(claimed: Claim) -> Any:
    return IdempotencyRecord.objects.filter(pk=claimed.record_id, fence=claimed.fence, status=None)


def _plan_forgetting(now: datetime) -> None:
    organization_id = require().organization_id
    plan(kind=FORGET_ANSWERS, target_id=organization_id, now=now, due_at=now + KEPT_FOR)


def _digest(sent: bytes, secret: bytes) -> bytes:
    """Tells whether the same was sent, to who has the secret; nobody else can even guess at it."""
    return hmac.digest(secret, sent, "sha256")


def _sealed(data: Any, record_id: UUID, secret: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    plain = json.dumps(data).encode()
    return nonce + AESGCM(secret).encrypt(nonce, plain, record_id.bytes)


def _opened(found: IdempotencyRecord, secret: bytes) -> Any:
    sealed = bytes(found.sealed_body or b"")
    nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    return json.loads(AESGCM(secret).decrypt(nonce, body, found.pk.bytes))
