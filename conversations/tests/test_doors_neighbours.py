"""Doors of organizations whose key service hangs: they wait by themselves."""

import asyncio
import threading
from uuid import UUID

import pytest
from django.db import DEFAULT_DB_ALIAS, connections

from askorac.sealing import keyrings
from askorac.testing.people import new_customer, new_project
from conversations.doors import Doors

WAITING = 10  # more than the pool has threads


@pytest.fixture
def whole_pool() -> None:
    """Threads of tests that are over have kept connections; here every one is wanted."""
    connections.close_all()
    connections[DEFAULT_DB_ALIAS].close_pool()  # type: ignore[attr-defined]  # PostgreSQL's have


@pytest.mark.usefixtures("whole_pool")
async def test_doors_that_wait_for_a_key_service_hold_no_other_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = await asyncio.to_thread(new_customer, "Slow")
    quick = await asyncio.to_thread(new_customer, "Quick")
    keys = [
        (await asyncio.to_thread(new_project, slow, f"{number}")).public_key
        for number in range(WAITING)
    ]
    other = await asyncio.to_thread(new_project, quick, "Other")
    genuine, goes_on = keyrings._keys_of, threading.Event()

    def hang(organization_id: UUID) -> object:
        if organization_id == slow.id:
            goes_on.wait(120)
        return genuine(organization_id)

    monkeypatch.setattr(keyrings, "_keys_of", hang)
    keyrings.forget(slow.id)
    doors = Doors()
    waiting = [asyncio.create_task(doors.open(key, origin=None, has_key=True)) for key in keys]
    await asyncio.sleep(0.3)
    try:
        await asyncio.wait_for(doors.open(other.public_key, origin=None, has_key=True), 60)
        assert not any(task.done() for task in waiting)
    finally:
        goes_on.set()
    opened = await asyncio.gather(*waiting)
    assert {door.organization_id for door in opened} == {slow.id}
