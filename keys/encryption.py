"""What an organization is told of its keys, whether or not they open at the moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from django.conf import settings

from askorac.jobs.models import Job, State
from askorac.sealing import SealFault, keyrings
from askorac.tenancy.context import tenant
from keys.layers import installation_service
from keys.models import Availability, DataKey, KeyState, Purpose
from keys.own_services import OwnService, own_service_of
from keys.resealing import RESEAL
from keys.rewrapping import REWRAP

_STATES: Final = {
    "key_revoked": Availability.REVOKED.value,
    "keys_away": Availability.AWAY.value,
    "tampered": "damaged",
}
_INSTALLATION: Final = {
    "local": "a folder of keys",
    "openbao": "OpenBao or Vault",
    "vault": "OpenBao or Vault",
    "awskms": "AWS KMS",
}


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """One version of the data key. `use` is `next` before it seals, `seals`, or `opens` when a
    newer one seals."""

    version: int
    use: Literal["next", "seals", "opens"]
    created_at: datetime
    seals_from: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """Work on the keys: `done` of `total` values, and why it waits or failed."""

    state: str
    done: int
    total: int
    reason: str
    finished_at: datetime | None

    @property
    def is_going_on(self) -> bool:
        return self.state in {State.QUEUED, State.PROCESSING}

    @property
    def is_moving(self) -> bool:
        """Whether there is more to see soon: not of work that is done and waits for its hour."""
        return self.is_going_on and (not self.total or self.done < self.total)


@dataclass(frozen=True, slots=True)
class Encryption:
    """The keys of an organization. `state` is `available`, `revoked`, `away` or `damaged`;
    `sentence` says what that means and `since` since when, unless it is `available`."""

    state: str
    sentence: str
    since: datetime | None
    installation: str
    own_service: OwnService | None
    versions: Sequence[KeyVersion]
    rotates_at: datetime | None
    resealing: Progress | None
    rewrapping: Progress | None

    @property
    def is_available(self) -> bool:
        return self.state == Availability.AVAILABLE

    @property
    def is_moving(self) -> bool:
        """Whether a page of it is to be asked for again soon."""
        return any(work.is_moving for work in (self.resealing, self.rewrapping) if work)


def read_encryption(*, organization_id: UUID, now: datetime, anew: bool = False) -> Encryption:
    """What is to be told at this moment. With `anew`, the key services are asked before.

    Call it with no context open. It raises nothing that a key service says.
    """
    if anew:
        keyrings.forget(organization_id)
    state, sentence = _state(organization_id)
    own_service = own_service_of(organization_id)
    with tenant(organization_id):
        rows = list(DataKey.objects.filter(purpose=Purpose.CONTENT).order_by("-version"))
        known = KeyState.objects.filter(state=state).exclude(state=Availability.AVAILABLE).first()
        jobs = {job.kind: job for job in Job.objects.filter(kind__in=[RESEAL, REWRAP])}
    lifetime = timedelta(days=settings.DATA_KEY_DAYS)
    return Encryption(
        state=state,
        sentence=sentence,
        since=known.since if known else None,
        installation=service_name(),
        own_service=own_service,
        versions=_versions(rows, now),
        rotates_at=rows[0].created_at + lifetime if rows else None,
        resealing=_progress(jobs.get(RESEAL)),
        rewrapping=_progress(jobs.get(REWRAP)),
    )


def service_name() -> str:
    """What the installation's key service is called."""
    return _INSTALLATION[settings.KMS_URL.partition(":")[0].partition("+")[0]]


def is_service_answering() -> bool:
    """Whether the installation's key service wraps and unwraps at the moment; asks it."""
    try:
        installation_service().check()
    except SealFault:
        return False
    return True


def can_rotate_wrapping_key() -> bool:
    """Whether the installation's service makes new versions of a wrapping key."""
    return installation_service().can_rotate


def _state(organization_id: UUID) -> tuple[str, str]:
    try:
        keyrings.of(organization_id)
    except SealFault as fault:
        return _STATES[fault.code], fault.sentence
    return Availability.AVAILABLE.value, ""


def _versions(rows: Sequence[DataKey], now: datetime) -> Sequence[KeyVersion]:
    sealing = next((row.version for row in rows if row.seals_from <= now), 0)
    return [
        KeyVersion(row.version, _use(row.version, sealing), row.created_at, row.seals_from)
        for row in rows
    ]


def _use(version: int, sealing: int) -> Literal["next", "seals", "opens"]:
    if version == sealing:
        return "seals"
    return "next" if version > sealing else "opens"


def _progress(job: Job | None) -> Progress | None:
    if job is None:
        return None
    return Progress(job.state, job.done, job.total, job.reason, job.finished_at)
