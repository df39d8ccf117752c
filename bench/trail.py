"""What writing an audit event down adds to a request, and searching a long trail."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from bench.figures import RECORDING, SEARCHING, Detail, Figure, Measured
from bench.loading import copy_rows, settle, superuser
from bench.records import sealed

if TYPE_CHECKING:
    from askorac.testing.people import Customer

EVENTS: Final = 100_000
READS: Final = 300
TIMES: Final = 7
RARE: Final = 500
PEOPLE: Final = 1_000


def measure(superuser_url: str, *, events: int = EVENTS, reads: int = READS) -> Measured:
    """The figures of the audit trail."""
    from askorac.testing.people import new_customer
    from projects.trail.searching import Wanted

    customer = new_customer("Trail")
    target = _load(superuser_url, customer, events)
    searches = {
        "nothing in particular": Wanted(),
        "one action": Wanted(action="project.deleted"),
        "one target": Wanted(target_id=target),
        "a kind of actor": Wanted(actor_kind="staff"),
        "a kind of target": Wanted(target_kind="project"),
        "words that are rare": Wanted(text="auditor@"),
        "words of nobody": Wanted(text="zzz"),
        "a part of somebody's name": Wanted(actor="auditor"),
    }
    took = {name: _searched(customer, wanted) for name, wanted in searches.items()}
    added, whole = _recorded(customer, reads)
    details = [Detail(f"trail: by {name}", 1e3 * each, "ms") for name, each in took.items()]
    return Measured(
        (Figure(RECORDING, 1e3 * added), Figure(SEARCHING, 1e3 * max(took.values()))),
        (*details, Detail("trail: a transaction with one event", 1e3 * whole, "ms")),
    )


def _load(superuser_url: str, customer: Customer, count: int) -> UUID:
    """So many events over some months, of many people, a few of them unlike the others; returns
    one's target."""
    from django.utils import timezone

    from askorac.sealing import keyrings
    from projects.models import AuditEvent

    ring, now, targets = keyrings.of(customer.id), timezone.now(), [uuid4() for _ in range(count)]
    people = [uuid4() for _ in range(PEOPLE)]

    def event(number: int, target: UUID) -> dict[str, object]:
        id_, person = uuid4(), people[number % PEOPLE]
        label = f"auditor{number}@x.example" if number % RARE == 2 else f"{person.hex}@x.example"
        return {
            "organization_id": customer.id,
            "id": id_,
            "actor_kind": "staff" if number % RARE == 1 else "member",
            "actor_id": person,
            "actor_label": label,
            "action": "project.deleted" if number % RARE == 3 else "conversation.read",
            "target_kind": "project" if number % RARE == 3 else "conversation",
            "target_id": target,
            "target_label": sealed(ring, "target_label", id_, b"Help desk"),
            "details": sealed(ring, "details", id_, b'{"project": "Help desk"}'),
            "at": now - timedelta(minutes=number),
        }

    with superuser(superuser_url) as session:
        copy_rows(session, AuditEvent, (event(*each) for each in enumerate(targets)))
        settle(session, AuditEvent)
    return targets[-1]


def _searched(customer: Customer, wanted: object) -> float:
    """The median of a page of what is wanted, in seconds."""
    from askorac.tenancy.context import tenant
    from projects.trail.searching import Wanted, read_trail

    assert isinstance(wanted, Wanted)

    def search() -> None:
        with tenant(customer.id):
            read_trail(wanted=wanted)

    return _median(search, TIMES)


def _recorded(customer: Customer, reads: int) -> tuple[float, float]:
    """What one event adds to a transaction that reads a row, and the two together, in seconds."""
    from django.utils import timezone

    from askorac.tenancy.context import tenant
    from projects.models import Organization
    from projects.trail.recording import Target, record

    def look() -> None:
        with tenant(customer.id):
            Organization.objects.get()

    def look_and_record() -> None:
        with tenant(customer.id):
            Organization.objects.get()
            record(
                action="conversation.read",
                target=Target(kind="conversation", id=uuid4()),
                by=customer.actor,
                now=timezone.now(),
                project=str(customer.id),
            )

    bare, whole = _median(look, reads), _median(look_and_record, reads)
    return whole - bare, whole


def _median(work: Callable[[], None], times: int) -> float:
    work()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)
