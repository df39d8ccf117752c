"""A key service of the customer's own: checked, chosen, given other credentials, left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from askorac.jobs.leases import enqueue
from askorac.jobs.tasks import wake
from askorac.sealing import SealFault, keyrings
from askorac.tenancy.context import tenant
from keys import layers, vault
from keys.layers import Layers, Reach
from keys.models import DataKey, OwnKeyService, Purpose, ServiceKind
from keys.rewrapping import REWRAP
from keys.services import Access, UnusableAddress
from projects.trail.recording import Actor, Target, record

MOST_ADDRESS: Final = 500
MOST_NAME: Final = 500
MOST_SECRET: Final = 2_000
_KINDS: Final = {
    "openbao": ServiceKind.OPENBAO,
    "vault": ServiceKind.OPENBAO,
    "awskms": ServiceKind.AWS,
}

NOT_OFFERED: Final = "Give the address of an OpenBao or Vault server, or of a key in AWS KMS."
ANOTHER_ANSWER: Final = "The key service gave something else back than what it had wrapped."
MEANWHILE: Final = "Somebody has changed the key service meanwhile. Look at it, and try again."
CLOSED_NOW: Final = (
    "The keys do not open at the moment, and this service does not open them either."
    " Give the present key back first: {why}"
)


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """What somebody has typed: an address as `services.service_at` takes it, and the access."""

    address: str
    name: str
    secret: str

    @property
    def reach(self) -> Reach:
        return Reach(self.address, Access(name=self.name, secret=self.secret))


@dataclass(frozen=True, slots=True)
class OwnService:
    """The organization's own service, as it is shown: never with what it is asked with.

    `address` is empty while the installation's service does not open it; `is_in_place` says
    whether all data keys are wrapped by it.
    """

    id: UUID
    kind: str
    kind_label: str
    address: str
    chosen_at: datetime
    changed_at: datetime
    is_in_place: bool


def check_service(*, organization_id: UUID, wanted: Wanted) -> ServiceKind:
    """Try a round trip through a service, and say what kind it is. Call it with no context open.

    Raises ValidationError with a sentence that says what to do, under `address` or `secret`.
    """
    kind = kind_of(wanted.address)
    if kind is None:
        raise ValidationError({"address": NOT_OFFERED})
    probe = layers.fresh_key()
    try:
        service = wanted.reach.service()
        service.check(organization_id)
        if service.unwrap(organization_id, service.wrap(organization_id, probe)) != probe:
            raise ValidationError({"address": ANOTHER_ANSWER})
    except UnusableAddress as fault:
        raise ValidationError({"address": fault.sentence}) from None
    except SealFault as fault:
        raise ValidationError({"secret": fault.sentence}) from None
    return kind


def choose_service(
    *, organization_id: UUID, wanted: Wanted, by: Actor, now: datetime
) -> OwnKeyService:
    """Have the data keys wrapped by a service of the organization's own from now on.

    One that opens what is wrapped already, such as the present one asked with other credentials,
    takes the place of the present one at once; and it may, while that one does not open. Call it
    with no context open. Raises ValidationError as `check_service`, KeyRevoked and KeysAway.
    """
    kind = check_service(organization_id=organization_id, wanted=wanted)
    present = _present(organization_id)
    reach = wanted.reach
    if present and kind == present.kind and _opens_the_same(present, reach):
        return _change(present, reach, by=by, now=now)
    try:
        keyrings.forget(organization_id)
        keyrings.of(organization_id)
    except SealFault as fault:
        raise ValidationError({"address": CLOSED_NOW.format(why=fault.sentence)}) from None
    return _choose(organization_id, kind, reach, by=by, now=now)


def leave_service(*, organization_id: UUID, by: Actor, now: datetime) -> bool:
    """Have the data keys wrapped by the installation's service alone; False if they are.

    Call it with no context open. Raises KeyRevoked or KeysAway: a service that does not open is
    not left, for nothing could be opened without it.
    """
    keyrings.forget(organization_id)
    keyrings.of(organization_id)
    with tenant(organization_id):
        layers.lock()
        present = OwnKeyService.objects.filter(left_at=None).first()
        if present is None:
            return False
        OwnKeyService.objects.filter(pk=present.pk).update(left_at=now)
        enqueue(kind=REWRAP, target_id=organization_id, now=now, wake=wake, restarts=True)
        _record("key_service.left", present, by=by, now=now)
    return True


def own_service_of(organization_id: UUID) -> OwnService | None:
    """The organization's own service, whether or not it opens anything at the moment. Call it
    with no context open."""
    with tenant(organization_id):
        present = OwnKeyService.objects.filter(left_at=None).first()
        rows = list(DataKey.objects.all())
    if present is None:
        return None
    return OwnService(
        id=present.pk,
        kind=present.kind,
        kind_label=ServiceKind(present.kind).label,
        address=_address(present, rows),
        chosen_at=present.chosen_at,
        changed_at=present.changed_at,
        is_in_place=all(
            row.own_service_id == present.pk for row in rows if row.purpose != Purpose.ACCESS
        ),
    )


def kind_of(address: str) -> ServiceKind | None:
    """What kind of service an address is of; None for one that is not offered."""
    scheme = address.partition("://")[0].lower()
    return _KINDS.get(scheme.partition("+")[0])


def _address(present: OwnKeyService, rows: Sequence[DataKey]) -> str:
    try:
        return layers.open_reach(
            layers.access_ciphers(present.organization_id, rows), present
        ).address
    except SealFault:
        return ""


def _present(organization_id: UUID) -> OwnKeyService | None:
    with tenant(organization_id):
        return OwnKeyService.objects.filter(left_at=None).first()


def _opens_the_same(present: OwnKeyService, reach: Reach) -> bool:
    """Whether a service opens all that the present one has wrapped."""
    with tenant(present.organization_id):
        rows = list(DataKey.objects.filter(own_service_id=present.pk))
    around = Layers(present.organization_id, present.pk, {present.pk: reach})
    try:
        for row in rows:
            around.open(row)
    except SealFault:
        return False
    return bool(rows)


def _change(present: OwnKeyService, reach: Reach, *, by: Actor, now: datetime) -> OwnKeyService:
    organization_id = present.organization_id
    sealed = _sealed(organization_id, present.pk, reach)
    with tenant(organization_id):
        unchanged = OwnKeyService.objects.filter(pk=present.pk, left_at=None)
        if not unchanged.update(sealed_access=sealed, changed_at=now):
            raise ValidationError({"address": MEANWHILE})
        _record("key_service.changed", present, by=by, now=now)
        transaction.on_commit(lambda: keyrings.forget(organization_id))
    present.changed_at = now
    return present


def _choose(
    organization_id: UUID, kind: ServiceKind, reach: Reach, *, by: Actor, now: datetime
) -> OwnKeyService:
    service_id = uuid4()
    sealed = _sealed(organization_id, service_id, reach)
    with tenant(organization_id):
        layers.lock()
        OwnKeyService.objects.filter(left_at=None).update(left_at=now)
        chosen = OwnKeyService.objects.create(
            id=service_id,
            kind=kind,
            sealed_access=sealed,
            chosen_at=now,
            changed_at=now,
        )
        enqueue(kind=REWRAP, target_id=organization_id, now=now, wake=wake, restarts=True)
        _record("key_service.chosen", chosen, by=by, now=now)
    return chosen


def _sealed(organization_id: UUID, service_id: UUID, reach: Reach) -> bytes:
    """The access to a service for its row, under the `access` key, which is made if need be."""
    around = Layers(organization_id, None)  # the installation's service, and no other
    made_at = timezone.now()
    made = vault.new_key(around, Purpose.ACCESS, seals_from=made_at, now=made_at)
    with tenant(organization_id):
        DataKey.objects.bulk_create([made], ignore_conflicts=True)
        rows = list(DataKey.objects.filter(purpose=Purpose.ACCESS))
    version, cipher = layers.access_cipher(organization_id, rows)
    return layers.seal_reach(
        version, cipher, reach, organization_id=organization_id, service_id=service_id
    )


def _record(action: str, service: OwnKeyService, *, by: Actor, now: datetime) -> None:
    # Without a label and details: both are sealed, and the key may be away.
    record(action=action, target=Target(kind="key_service", id=service.pk), by=by, now=now)
