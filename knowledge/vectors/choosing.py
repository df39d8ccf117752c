"""Whether an organization has its vectors sealed, and how far that is done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from askorac.jobs.leases import enqueue
from askorac.jobs.models import Job, State
from askorac.jobs.tasks import wake
from askorac.tenancy.context import require
from knowledge.models import VectorChoice
from projects.trail.recording import Actor, Target, record

RESTORE_VECTORS: Final = "organization.restore_vectors"


@dataclass(frozen=True, slots=True)
class VectorSealing:
    """What is chosen, and the work on it: `done` of `total` vectors, with a reason if it waits."""

    is_wanted: bool
    is_going_on: bool
    done: int
    total: int
    reason: str


def choose_sealing(*, is_wanted: bool, by: Actor, now: datetime) -> None:
    """Have the organization's vectors sealed, or lie in the clear again, in the open context.

    Answers go on meanwhile. What is chosen already stays as it is.
    """
    if are_sealed() == is_wanted:
        return
    organization_id = require().organization_id
    VectorChoice.objects.update_or_create(
        organization_id=organization_id, defaults={"is_sealed": is_wanted, "chosen_at": now}
    )
    record(
        action="vectors.sealed" if is_wanted else "vectors.unsealed",
        target=Target(kind="organization", id=organization_id, label=""),
        by=by,
        now=now,
    )
    enqueue(kind=RESTORE_VECTORS, target_id=organization_id, now=now, wake=wake, restarts=True)


def restore_what_is_left(*, sealed: bool, now: datetime) -> None:
    """After storing vectors in one form, in the open context: if the other was chosen meanwhile,
    they are restored."""
    if are_sealed() != sealed:
        target_id = require().organization_id
        enqueue(kind=RESTORE_VECTORS, target_id=target_id, now=now, wake=wake, restarts=True)


def are_sealed() -> bool:
    """Whether the vectors of the open context's organization are to be sealed."""
    return VectorChoice.objects.filter(is_sealed=True).exists()


def read_sealing() -> VectorSealing:
    """What is chosen in the open context, and how far it is done."""
    job = Job.objects.filter(kind=RESTORE_VECTORS).first()
    is_going_on = job is not None and job.state in {State.QUEUED, State.PROCESSING}
    return VectorSealing(
        is_wanted=are_sealed(),
        is_going_on=is_going_on,
        done=job.done if job else 0,
        total=job.total if job else 0,
        reason=job.reason if job else "",
    )
