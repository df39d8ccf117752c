"""Vectors are stored anew in the form that was chosen, batch by batch; answers go on meanwhile.

A search looks at both forms, so that each vector is found wherever it lies at the moment.
"""

from typing import Any, Final

from django.db.models import Manager, Q
from pgvector import HalfVector

from askorac.jobs.leases import Lease, advance, hold
from askorac.sealing import keyrings
from askorac.sealing.fields import sealed_value
from askorac.tenancy.context import tenant
from knowledge.models import Chunk, UpcomingVector

from .choosing import are_sealed
from .packing import numbers_of, packed

Holder = type[Chunk] | type[UpcomingVector]

BATCH: Final = 200
_OTHER: Final = {True: Q(vector__isnull=True), False: Q(embedding__isnull=True)}


def restore_vectors(lease: Lease) -> None:
    """Store what lies in the other form. Raises KeyRevoked, KeysAway, LeaseLost."""
    done = 0
    while True:
        keyrings.of(lease.organization_id)  # anew for each batch: it may be taken away
        with tenant(lease.organization_id):
            hold(lease)
            restored = _restore_some(Chunk) or _restore_some(UpcomingVector)
            if not restored:
                return
            done += restored
            advance(lease, done=done, total=done + _left())


def _restore_some(holder: Holder) -> int:
    """A batch of one table; how many there were."""
    seals = are_sealed()
    holders: Manager[Any] = holder.objects
    others = holders.filter(_OTHER[seals]).select_for_update()
    rows = list(others.only("id", "organization_id", "embedding", "vector")[:BATCH])
    for row in rows:
        if seals:
            row.vector = sealed_value(holder, "vector", row.pk, packed(numbers_of(row)))
            row.embedding = None
        else:
            row.embedding = HalfVector(numbers_of(row))
            row.vector = sealed_value(holder, "vector", row.pk, b"")
    holders.bulk_update(rows, ["embedding", "vector"])
    return len(rows)


def _left() -> int:
    other = _OTHER[are_sealed()]
    return sum(holder.objects.filter(other).count() for holder in (Chunk, UpcomingVector))
