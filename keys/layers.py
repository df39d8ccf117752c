"""How data keys lie: wrapped by the installation's service, and around it the customer's own."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection, transaction

from askorac.sealing import KeyRevoked, KeysAway, Tampered, blobs
from askorac.tenancy.context import require, tenant
from keys.models import DataKey, OwnKeyService, Purpose
from keys.services import Access, KeyService, UnusableAddress, service_at

FIRST_VERSION: Final = 1
ACCESS_PURPOSE: Final = "keys.ownkeyservice.sealed_access"
DESTROYED: Final = "The keys to this content have been destroyed. Nothing opens it again."


def installation_service() -> KeyService:
    """The key service of this installation, as KMS_URL names it."""
    return service_at(settings.KMS_URL)


@dataclass(frozen=True, slots=True, repr=False)
class Reach:
    """Where a customer's own service is, and what it is asked with. It is shown by nothing."""

    address: str
    access: Access

    def service(self) -> KeyService:
        """The service, guarded as whatever a customer names. Raises UnusableAddress."""
        return service_at(self.address, access=self.access, is_guarded=True)

    def __reduce__(self) -> NoReturn:
        raise TypeError("The access to a key service does not leave its process.")


@dataclass(frozen=True, slots=True, repr=False)
class Layers:
    """The services that wrap an organization's data keys: `reaches` are those of its own, by id,
    of which the one of `own_service_id` wraps from now on, if there is one."""

    organization_id: UUID
    own_service_id: UUID | None
    reaches: Mapping[UUID, Reach] = field(default_factory=dict)

    def open(self, row: DataKey) -> bytes:
        """A data key in clear. Raises KeyRevoked, KeysAway or Tampered."""
        return installation_service().unwrap(self.organization_id, self._inner(row))

    def wrap(self, plain: bytes) -> bytes:
        """A data key, wrapped for `own_service_id`. Raises KeyRevoked or KeysAway."""
        return self._covered(installation_service().wrap(self.organization_id, plain))

    def rewrap(self, row: DataKey) -> bytes:
        """The same key under the newest wrapping keys of the services that wrap from now on."""
        inner = self._inner(row)
        return self._covered(installation_service().rewrap(self.organization_id, inner))

    def _inner(self, row: DataKey) -> bytes:
        wrapped = bytes(row.wrapped)
        if not wrapped:
            raise KeyRevoked(DESTROYED)
        if row.own_service_id is None:
            return wrapped
        return self._own(row.own_service_id).unwrap(self.organization_id, wrapped)

    def _covered(self, inner: bytes) -> bytes:
        if self.own_service_id is None:
            return inner
        return self._own(self.own_service_id).wrap(self.organization_id, inner)

    def _own(self, own_service_id: UUID) -> KeyService:
        reach = self.reaches.get(own_service_id)
        if reach is None:
            raise Tampered
        try:
            return reach.service()
        except UnusableAddress as fault:
            raise KeysAway(fault.sentence) from None


def read(organization_id: UUID) -> tuple[Sequence[DataKey], Layers]:
    """The organization's data keys, still wrapped, and what opens them. No context is open.

    Raises KeyRevoked, KeysAway or Tampered where the access to its own service does not open.
    """
    with tenant(organization_id):
        rows = list(DataKey.objects.all())
        services = list(OwnKeyService.objects.filter(sealed_access__isnull=False))
    connection.close()  # back to its pool: key services that hang would take them all
    current = next((each.pk for each in services if each.left_at is None), None)
    if not services:
        return _but_access(rows), Layers(organization_id, None)
    needed = {current, *(row.own_service_id for row in rows)}
    ciphers = access_ciphers(organization_id, rows)
    reaches = {each.pk: open_reach(ciphers, each) for each in services if each.pk in needed}
    return _but_access(rows), Layers(organization_id, current, reaches)


def access_ciphers(organization_id: UUID, rows: Sequence[DataKey]) -> Mapping[int, AESGCM]:
    """The `access` key by its versions, opened by the installation's service alone."""
    layers = Layers(organization_id, None)
    return {row.version: AESGCM(layers.open(row)) for row in rows if row.purpose == Purpose.ACCESS}


def access_cipher(organization_id: UUID, rows: Sequence[DataKey]) -> tuple[int, AESGCM]:
    """The newest version of the `access` key, and the key. Raises KeyRevoked or KeysAway."""
    ciphers = access_ciphers(organization_id, rows)
    return max(ciphers.items())


def seal_reach(
    version: int, cipher: AESGCM, reach: Reach, *, organization_id: UUID, service_id: UUID
) -> bytes:
    """Address and access of a service, for its row."""
    plain = json.dumps([reach.address, reach.access.name, reach.access.secret]).encode()
    return blobs.seal(cipher, version, plain, _binding(organization_id, service_id))


def open_reach(ciphers: Mapping[int, AESGCM], row: OwnKeyService) -> Reach:
    """Address and access of a service. Raises Tampered."""
    blob = bytes(row.sealed_access or b"")
    cipher = ciphers.get(blobs.version_of(blob))
    if cipher is None:
        raise Tampered
    plain = blobs.unseal(cipher, blob, _binding(row.organization_id, row.pk))
    address, name, secret = json.loads(plain)
    return Reach(address, Access(name=name, secret=secret))


def fresh_key() -> bytes:
    """A new key, in clear."""
    return os.urandom(blobs.KEY_BYTES)


def lock() -> UUID | None:
    """Let nobody else change the open organization's data keys or its service before the
    transaction ends; the service that wraps from now on."""
    assert transaction.get_connection().in_atomic_block
    purposes = DataKey.objects.select_for_update().filter(purpose=Purpose.WORDS)
    list(purposes.filter(organization_id=require().organization_id))
    current = OwnKeyService.objects.filter(left_at=None).first()
    return current.pk if current else None


def _but_access(rows: Sequence[DataKey]) -> Sequence[DataKey]:
    return [row for row in rows if row.purpose != Purpose.ACCESS]


def _binding(organization_id: UUID, service_id: UUID) -> bytes:
    return blobs.binding(organization_id, purpose=ACCESS_PURPOSE, row_id=service_id)
