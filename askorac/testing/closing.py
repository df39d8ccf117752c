"""Taking the key to an organization's content away, and giving it back: at the key service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from .people import Customer


@contextmanager
def revoked(customer: Customer) -> Iterator[None]:
    """The installation's key service no longer has the customer's wrapping key.

    This process knows it at once, others when their keyrings are old.
    """
    from askorac.sealing import keyrings

    keyrings.of(customer.id)  # there is a key to take
    folder, aside = _folder(customer.id), _aside(customer.id)
    folder.rename(aside)
    keyrings.forget(customer.id)
    try:
        yield
    finally:
        aside.rename(folder)
        keyrings.forget(customer.id)


@contextmanager
def away(customer: Customer) -> Iterator[None]:
    """The installation's key service fails whenever it is asked for the customer's key."""
    from askorac.sealing import keyrings

    with revoked(customer):
        for version in _aside(customer.id).iterdir():
            (_folder(customer.id) / version.name).mkdir(parents=True)  # what can't be read
        keyrings.forget(customer.id)
        try:
            yield
        finally:
            for made in _folder(customer.id).iterdir():
                made.rmdir()
            _folder(customer.id).rmdir()


def _folder(organization_id: UUID) -> Path:
    from keys.layers import installation_service
    from keys.services.local import LocalService

    service = installation_service()
    assert isinstance(service, LocalService)
    return service.folder / str(organization_id)


def _aside(organization_id: UUID) -> Path:
    folder = _folder(organization_id)
    return folder.with_name(f".{folder.name}")
