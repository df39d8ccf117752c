"""Whether an organization's trail holds, reckoned anew from its rows: what a restored installation
has to show."""

from typing import Final
from uuid import UUID

from askorac.signing.signatures import BadSignature, verify
from askorac.tenancy.context import tenant
from askorac.tenancy.trail_deeds import CUT_TYPE

from ..models import AuditCheckpoint, AuditEvent, AuditLink
from .chaining import START, clear_fields, digest_of, link
from .checkpoints import CHECKPOINT_TYPE, as_dict, head, last_cut

BATCH: Final = 1_000
TYPES: Final = {"checkpoint": CHECKPOINT_TYPE, "cut": CUT_TYPE}


class BrokenTrail(Exception):
    """The rows are not those that were linked; the message says from where on."""


def prove_trail(organization_id: UUID) -> int:
    """Walk the whole chain, and hold it against each checkpoint; how many events it has.

    No key of the organization is needed. Raises BrokenTrail.
    """
    with tenant(organization_id):
        cut, end = last_cut(), head()
        seq = cut.seq if cut else 0
        before = bytes.fromhex(cut.document["chain"]) if cut else START
        signed = {row.seq: row for row in AuditCheckpoint.objects.filter(seq__gt=seq)}
    first = seq
    for row in [*signed.values(), *([cut] if cut else [])]:
        _check_signature(organization_id, row)
    while batch := _batch(organization_id, seq):
        for each, event in batch:
            seq += 1
            digest = digest_of(clear_fields(event)) if event else b""
            before = link(before, seq, digest)
            if (each.seq, bytes(each.chain)) != (seq, before):
                raise BrokenTrail(f"The audit trail of {organization_id} breaks at event {seq}.")
            if seq in signed and signed[seq].document["chain"] != before.hex():
                raise BrokenTrail(f"The audit trail of {organization_id} is forked before {seq}.")
    if end is not None and (end.seq, end.chain) != (seq, before):
        raise BrokenTrail(f"The audit trail of {organization_id} ends before {end.seq}.")
    if max(signed, default=0) > seq:
        raise BrokenTrail(f"The audit trail of {organization_id} lacks what was signed.")
    return seq - first


def _batch(organization_id: UUID, after: int) -> list[tuple[AuditLink, AuditEvent | None]]:
    with tenant(organization_id):
        links = list(AuditLink.objects.filter(seq__gt=after).order_by("seq")[:BATCH])
        events = AuditEvent.objects.in_bulk([each.pk for each in links])
    return [(each, events.get(each.pk)) for each in links]


def _check_signature(organization_id: UUID, row: AuditCheckpoint) -> None:
    """A row is what was signed: of this trail, of its kind, and about its place."""
    try:
        document = verify(as_dict(row))
    except BadSignature:
        document = {}
    told = document.get("type"), document.get("organization_id"), document.get("seq")
    if told != (TYPES[row.kind], str(organization_id), row.seq):
        raise BrokenTrail(f"A checkpoint of {organization_id} was not signed by this installation.")
