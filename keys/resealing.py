"""Takes all that an organization has sealed under its newest data key, and removes older ones.

It may be stopped at any step and started again: each value says itself under which key it lies,
both keys open until the last value has been taken over, and a value that changes meanwhile is
left as it is.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils import timezone

from askorac.jobs.leases import Failed, Lease, Waiting, advance
from askorac.sealing import Tampered, elsewhere, keyrings
from askorac.sealing.keyring import Keyring
from askorac.tenancy.context import tenant
from keys.columns import Column, Swap, sealed_columns
from keys.models import DataKey, Purpose

RESEAL: Final = "keys.reseal"
BATCH: Final = 200
# What was sealed with the old key before all processes knew the new one is stored by then.
KEPT_FOR: Final = timedelta(hours=1)
AGAIN_SECONDS: Final = 10.0
_FIRST: Final = UUID(int=0)

NOT_YET: Final = "The new key seals from a minute after it was made."
KEPT: Final = (
    "Everything is sealed under the new key. What was being written meanwhile is looked at once"
    " more in an hour."
)
MORE: Final = "Some values were being changed; they are taken next."
DAMAGED: Final = (
    "{count} values do not open: they are not what was sealed there. The key that they name is"
    " kept. Put those rows back from a backup, and rotate again."
)


def reseal(lease: Lease) -> None:
    """The job. Raises Waiting while there is something to wait for, KeyRevoked, KeysAway."""
    organization_id = lease.organization_id
    newest = _newest(organization_id)
    if (wait := _seconds_until(newest.seals_from)) > 0:
        raise Waiting(NOT_YET, seconds=wait)
    walk = _Walk(lease, newest.version)
    walk.go()
    if walk.damaged:
        raise Failed(DAMAGED.format(count=walk.damaged))
    _remove_unused(organization_id, newest, walk.versions)
    if _newest(organization_id).version != newest.version or walk.left:
        raise Waiting(MORE, seconds=AGAIN_SECONDS)


def _newest(organization_id: UUID) -> DataKey:
    with tenant(organization_id):
        return DataKey.objects.filter(purpose=Purpose.CONTENT).order_by("-version")[0]


def _ring(organization_id: UUID, version: int) -> Keyring:
    """A ring that seals with this version at least."""
    ring = keyrings.of(organization_id)
    if version not in ring.keys.content:
        keyrings.forget(organization_id)
        ring = keyrings.of(organization_id)
    return ring


@dataclass(slots=True)
class _Walk:
    """One walk through everything. Afterwards, `versions` are those that something lies under,
    `left` counts what could not be taken over now, `damaged` what does not open."""

    lease: Lease
    version: int
    versions: Counter[int] = field(default_factory=Counter)
    left: int = 0
    damaged: int = 0
    _done: int = 0
    _total: int = 0

    def go(self) -> None:
        columns, others = sealed_columns(), elsewhere.registered()
        in_reach = [column for column in columns if not column.is_append_only]
        for column in in_reach:
            counts = self._count(column)
            self._done += counts[self.version]
            self._total += counts.total()
        self._total += sum(other.count(self._of) for other in others)
        for column in in_reach:
            self._take_over(column)
        for other in others:
            self._go_through(other)
        for column in columns:
            counts = self._count(column)
            self.versions.update(counts)
            if not column.is_append_only:
                self.left += counts.total() - counts[self.version]
        self.left -= self.damaged
        if not self.left and not self.damaged:
            with tenant(self._of):  # what has gone meanwhile is not waited for
                advance(self.lease, done=self._done, total=self._done)

    @property
    def _of(self) -> UUID:
        return self.lease.organization_id

    def _count(self, column: Column) -> Counter[int]:
        with tenant(self._of):
            return Counter(column.versions(self._of))

    def _take_over(self, column: Column) -> None:
        after = _FIRST
        while True:
            ring = _ring(self._of, self.version)  # anew for each batch: it may be taken away
            with tenant(self._of):
                advance(self.lease, done=self._done, total=self._total)
                found = column.others(self._of, version=self.version, after=after, most=BATCH)
                self._done += column.swap(self._of, self._resealed(ring, column, found))
            if not found:
                return
            after = found[-1][0]

    def _resealed(
        self, ring: Keyring, column: Column, found: list[tuple[UUID, bytes]]
    ) -> Iterator[Swap]:
        for row_id, blob in found:
            try:
                plain = ring.open(blob, purpose=column.purpose, row_id=row_id)
            except Tampered:
                self.damaged += 1
                continue
            new = ring.seal(plain, purpose=column.purpose, row_id=row_id)
            yield Swap(row_id, blob, new)

    def _go_through(self, other: elsewhere.Elsewhere) -> None:
        for version in other.reseal(self._of, self.version):
            self.versions[version] += 1
            self.left += version != self.version
            self._done += 1
            self._total = max(self._total, self._done)
            with tenant(self._of):
                advance(self.lease, done=self._done, total=self._total)


def _remove_unused(organization_id: UUID, newest: DataKey, used: Counter[int]) -> None:
    """Delete older versions that nothing lies under. Raises Waiting before their hour is over."""
    with tenant(organization_id):
        older = DataKey.objects.filter(purpose=Purpose.CONTENT, version__lt=newest.version)
        if older.exists() and (wait := _seconds_until(newest.seals_from + KEPT_FOR)) > 0:
            raise Waiting(KEPT, seconds=wait)
        removed, _ = older.exclude(version__in=used.keys()).delete()
    if removed:
        keyrings.forget(organization_id)


def _seconds_until(moment: datetime) -> float:
    return (moment - timezone.now()).total_seconds()
