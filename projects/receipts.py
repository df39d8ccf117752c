"""Erasure receipts: what was erased, how much, by which rule, when. Signed, and never changed."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import DEFAULT_DB_ALIAS

from askorac.jobs.leases import plan
from askorac.sealing import KeyRevoked, KeysAway
from askorac.signing.signatures import Signed, sign
from askorac.tenancy.context import require
from askorac.web.paging import Keyset, Page, moment, read_page

from .models import ErasureReceipt
from .recurring import nightly_at

TYPE: Final = "askorac.erasure_receipt.v1"
SWEEP: Final = "retention.sweep"
BY_HAND: Final = "by hand"
PAGE: Final = 30
LATEST_FIRST: Final = Keyset("at", moment)


@dataclass(frozen=True, slots=True)
class Told:
    """A receipt in words: what was done, by which rule, and how many of what."""

    id: UUID
    at: datetime
    words: str
    rule: str
    counts: tuple[tuple[str, int], ...]
    keys_destroyed: int


KINDS: Final = {
    "conversation.deleted": "A conversation was deleted",
    "conversations.deleted": "Conversations were deleted",
    "erasure.swept": "It was looked whether what was erased is gone",
    "organization.deleted": "The organization was deleted",
    "project.deleted": "A project was deleted",
    "retention.purged": "What had been kept long enough was purged",
    "source.removed": "A source was removed",
    "visitor.erased": "A visitor was erased",
}
RULES: Final = {
    BY_HAND: "By hand",
    "retention": "Retention",
    "sweep": "Sweep",
    "request": "Request",
}


def give(
    *,
    kind: str,
    counts: Mapping[str, int],
    now: datetime,
    rule: str = BY_HAND,
    keys_destroyed: Sequence[str] = (),
    project_id: UUID | None = None,
    using: str = DEFAULT_DB_ALIAS,
    **told: Any,
) -> ErasureReceipt:
    """Write a receipt, in the transaction that erases, in the open organization's context.

    `kind` is what was done, such as `conversation.deleted`; `counts` say how many of what is gone;
    `rule` says why; `keys_destroyed` names keys. What else is `told` are numbers, ids and words of
    our own: a receipt outlives what it is of. A sweep is planned that looks whether it is gone.
    """
    organization_id = require(using).organization_id
    receipt_id = uuid4()
    document = {
        "type": TYPE,
        "id": str(receipt_id),
        "organization_id": str(organization_id),
        "project_id": None if project_id is None else str(project_id),
        "kind": kind,
        "at": now.isoformat(),
        "rule": rule,
        "counts": {name: count for name, count in sorted(counts.items()) if count},
        "keys_destroyed": list(keys_destroyed),
        **told,
    }
    key_id, signature = _signed(document)
    receipt = ErasureReceipt.objects.using(using).create(
        id=receipt_id,
        organization_id=organization_id,
        kind=kind,
        of_project=project_id,
        at=now,
        document=document,
        key_id=key_id,
        signature=signature,
    )
    if using == DEFAULT_DB_ALIAS:
        plan(
            kind=SWEEP, target_id=organization_id, now=now, due_at=nightly_at(organization_id, now)
        )
    return receipt


def given(receipt: ErasureReceipt) -> dict[str, Any]:
    """A receipt as it is downloaded, and as anybody checks it with our public keys.

    One that was written while the signing key could not be had is signed now. Raises KeyRevoked or
    KeysAway if that is still so.
    """
    key_id, signature = receipt.key_id, receipt.signature
    if not signature:
        signed = sign(receipt.document)
        key_id, signature = signed.key_id, _spelled(signed)
    return {"document": receipt.document, "key_id": key_id, "signature": signature}


def told(receipt: ErasureReceipt) -> Told:
    """A receipt in words."""
    document = receipt.document
    rule = document.get("rule", "")
    return Told(
        id=receipt.pk,
        at=receipt.at,
        words=KINDS.get(receipt.kind, receipt.kind),
        rule=RULES.get(rule, rule),
        counts=tuple(
            (words_of(name, count), count)
            for name, count in sorted(document.get("counts", {}).items())
        ),
        keys_destroyed=len(document.get("keys_destroyed", ())),
    )


def words_of(name: str, count: int) -> str:
    """What was counted, in words: one of `source_words` is a "source word"."""
    words = name.replace("_", " ")
    return words.removesuffix("s") if count == 1 else words


def list_receipts(*, before: str | None = None, limit: int = PAGE) -> Page[ErasureReceipt]:
    """A page of the organization's receipts, the latest first. Raises NoSuchCursor."""
    return read_page(ErasureReceipt.objects.all(), order=LATEST_FIRST, cursor=before, limit=limit)


def get_receipt(receipt_id: UUID) -> ErasureReceipt | None:
    """The receipt of the open organization that has this id; None for any other id."""
    return ErasureReceipt.objects.filter(pk=receipt_id).first()


def _signed(document: Mapping[str, Any]) -> tuple[str, str]:
    """Nothing while the installation's key service is away: an erasure does not wait for it, and
    the row can't be changed meanwhile."""
    try:
        signed = sign(document)
    except (KeyRevoked, KeysAway):
        return "", ""
    return signed.key_id, _spelled(signed)


def _spelled(signed: Signed) -> str:
    return base64.b64encode(signed.signature).decode()
