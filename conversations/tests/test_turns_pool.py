"""The pool of turns after its sessions were ended, and a lease while the database is away."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from django.utils import timezone

from askorac.local.engines import Engines
from askorac.tenancy.context import in_tenant
from askorac.tenancy.pools import WAIT_SECONDS
from askorac.tenancy.signing import Context
from askorac.tests.test_pools import end_sessions
from conversations.models import Turn
from conversations.streaming import LiveTurn, _hold
from conversations.tests.documents import ask
from conversations.tests.test_turns_cable import Cable, cable
from conversations.turns import FIRST_FENCE, begin, close_pool, open_pool, read, renew
from conversations.turns.pool import transaction
from projects.models import Project

IDLE = 8
AWAY_SECONDS = 3.0

__all__ = ["cable"]


@pytest.fixture
async def pool() -> AsyncIterator[None]:
    await open_pool()
    yield
    await close_pool()


async def fill_the_pool(context: Context) -> list[int]:
    """Leave eight idle connections in the pool; returns the process ids of their sessions."""
    together = asyncio.Barrier(IDLE)

    async def hold() -> int:
        async with transaction(context) as connection:
            await together.wait()
            return connection.info.backend_pid

    return await asyncio.gather(*(hold() for _ in range(IDLE)))


async def test_no_turn_meets_a_session_that_was_ended(
    pool: None, project: Project, engines: Engines
) -> None:
    question = ask(project)
    await begin(question)
    ended = await fill_the_pool(question.key.context)
    assert len(set(ended)) == IDLE
    await asyncio.to_thread(end_sessions, engines, ended)
    began_at = time.monotonic()
    records = await asyncio.gather(*(read(question.key) for _ in range(3 * IDLE)))
    assert [record is not None and record.is_processing for record in records] == [True] * 3 * IDLE
    assert time.monotonic() - began_at < WAIT_SECONDS  # nobody waited in vain


async def test_lease_outlives_a_database_that_is_away_for_three_seconds(
    cable: Cable, project: Project
) -> None:
    question = ask(project)
    await begin(question)
    await fill_the_pool(question.key.context)
    await renew(question.key, FIRST_FENCE)
    holding = asyncio.create_task(_hold(LiveTurn(question.key, is_ours=True)))
    first = await lease_of(project)
    await asyncio.sleep(2.4)  # just before the first renewal, when the lease is at its shortest
    cable.cut()
    await asyncio.sleep(AWAY_SECONDS)
    cable.is_cut = False
    while (renewed := await lease_of(project)) == first:
        assert timezone.now() < first, "the lease was not renewed in time"
        await asyncio.sleep(0.1)
    holding.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await holding
    assert renewed > timezone.now()


async def lease_of(project: Project) -> datetime:
    def look() -> datetime:
        expires_at = Turn.objects.get().lease_expires_at
        assert expires_at is not None
        return expires_at

    return await in_tenant(project.organization_id, look)
