"""Key services that hang hold up their own organizations, and nobody else."""

import threading
import time
from collections.abc import Iterator
from uuid import UUID

import pytest

from askorac.sealing import keyrings
from askorac.testing.people import new_customer
from keys import layers
from keys.services import KeyService

HANGING = 16  # more than a process has connections to the database


class Hanging:
    """The installation's service, which some organizations wait for."""

    def __init__(self, service: KeyService) -> None:
        self.service = service
        self.waiting: set[UUID] = set()
        self.goes_on = threading.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self.service, name)

    def unwrap(self, organization_id: UUID, wrapped: bytes) -> bytes:
        if organization_id in self.waiting:
            self.goes_on.wait(120)
        return self.service.unwrap(organization_id, wrapped)


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    service = Hanging(layers.installation_service())
    monkeypatch.setattr(layers, "installation_service", lambda: service)
    yield service
    service.goes_on.set()


def test_others_open_meanwhile(hanging: Hanging) -> None:
    slow = [new_customer(f"Slow {number}") for number in range(HANGING)]
    quick = new_customer("Quick")
    for customer in (*slow, quick):
        keyrings.of(customer.id)  # so that the data keys are there
        keyrings.forget(customer.id)
    hanging.waiting = {customer.id for customer in slow}
    threads = [threading.Thread(target=keyrings.of, args=[each.id]) for each in slow]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    begun = time.monotonic()
    try:
        keyrings.of(quick.id)
        assert time.monotonic() - begun < 60
    finally:
        hanging.goes_on.set()
        for thread in threads:
            thread.join()
