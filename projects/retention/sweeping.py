"""The sweep: looks at night whether what was erased is gone, and takes away what has remained.

Rows without what they hang on, rows that a rule should have purged, files, streams and jobs that
nothing names: each is a look of its own, and what they come to is a receipt.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.apps import apps
from django.db.models import Exists, OuterRef
from django.utils import timezone

from askorac.jobs.leases import Lease, Waiting, extend
from askorac.tenancy.context import tenant
from askorac.tenancy.models import TenantForeignKey, TenantModel
from askorac.tenancy.router import STAFF
from projects import receipts
from projects.holdings import Swept, holdings, stores, sweeps
from projects.models import Content, ErasureReceipt, Organization, Project
from projects.recurring import nightly_at

from .holds import is_held
from .rules import due_before, plan_purge, rules_of

SWEPT: Final = "erasure.swept"
NIGHTLY: Final = "The next sweep comes at night."
BEHIND: Final = "overdue"
ROWS: Final = "rows without what they belong to"
# A purge that is due may take its time; what is left a day later was missed.
_PURGED_WITHIN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep came to, by what was looked for."""

    looks: dict[str, Swept]

    @property
    def left(self) -> int:
        """How many remains were found."""
        return sum(each.left for each in self.looks.values())

    @property
    def still_there(self) -> int:
        """How many of them could not be taken away."""
        return sum(each.left - each.removed for each in self.looks.values())


def sweep(lease: Lease) -> None:
    """The job: sweep, write it down if there was anything to prove, and come back at night."""
    organization_id = lease.organization_id
    with tenant(organization_id):
        plan_purge(now=timezone.now())  # one that broke is put up again
    found = sweep_organization(organization_id, now=timezone.now(), lease=lease)
    with tenant(organization_id):
        write_down(found, now=timezone.now())
    next_at = nightly_at(organization_id, timezone.now())
    raise Waiting(NIGHTLY, seconds=(next_at - timezone.now()).total_seconds())


def sweep_organization(
    organization_id: UUID, *, now: datetime, lease: Lease | None = None
) -> Sweep:
    """Look for what has remained of anything that is gone, and take it away. Called with no
    context open; raises LeaseLost, and what looks raise while a store is away."""
    looks = {BEHIND: _overdue(organization_id, now), ROWS: _rows_left(organization_id)}
    for name, look in sweeps().items():
        if lease is not None:
            with tenant(organization_id):
                extend(lease)
        looks[name] = look(organization_id, now)
    return Sweep(looks)


def find_strays() -> dict[str, set[UUID]]:
    """Organizations that are gone, of which a store holds something, by the store's name.

    Stores are listed before organizations are, so that a new one is not taken for one that is
    gone. As our staff; raises what stores raise while they are away.
    """
    there = {name: store.organizations() for name, store in stores().items()}
    known = set(Organization.objects.using(STAFF).values_list("id", flat=True))
    return {name: gone for name, held in there.items() if (gone := held - known)}


def remove_strays() -> dict[str, int]:
    """Take away what is left of organizations that are gone; how much it was, by the store."""
    return {
        name: sum(map(stores()[name].remove, sorted(gone))) for name, gone in find_strays().items()
    }


def write_down(found: Sweep, *, now: datetime) -> ErasureReceipt | None:
    """A receipt of the sweep, in the open context: if something was erased since the last, or if
    something was found."""
    last = ErasureReceipt.objects.order_by("-at", "id").first()
    if not found.left and (last is None or last.kind == SWEPT):
        return None
    return receipts.give(
        kind=SWEPT,
        counts={name: each.removed for name, each in found.looks.items()},
        rule="sweep",
        now=now,
        looked_for={name: asdict(each) for name, each in found.looks.items()},
    )


def _overdue(organization_id: UUID, now: datetime) -> Swept:
    """What a rule should have purged a day ago, and no hold keeps."""
    looked_at = left = 0
    with tenant(organization_id):
        places = [None, *Project.objects.values_list("id", flat=True)]
        for holding in holdings():
            for project_id in places:
                if (project_id is None) != (holding.content == Content.AUDIT):
                    continue
                ruled = rules_of(project_id)[holding.content]
                before = due_before(ruled.rule, now - _PURGED_WITHIN)
                if before is None or ruled.before(now - _PURGED_WITHIN) is None:
                    continue
                looked_at += 1
                if not is_held(project_id):
                    left += holding.due(project_id, before).count
    return Swept(looked_at=looked_at, left=left)


def _rows_left(organization_id: UUID) -> Swept:
    """Rows whose project, conversation, source or the like is gone. The database's own cascades
    leave none; this shows it. A context each: large tables take their time."""
    looked_at = left = 0
    for model, field in _references():
        target = field.related_model
        assert isinstance(target, type) and issubclass(target, TenantModel)
        with tenant(organization_id):
            rows = model.objects.exclude(**{field.attname: None})
            found = rows.filter(~Exists(target.objects.filter(pk=OuterRef(field.attname))))
            left += found.count()
        looked_at += 1
    return Swept(looked_at=looked_at, left=left)


def _references() -> Iterator[tuple[type[TenantModel], TenantForeignKey]]:
    for model in apps.get_models():
        if issubclass(model, TenantModel):
            for field in model._meta.concrete_fields:
                if isinstance(field, TenantForeignKey):
                    yield model, field
