"""Waiting for what another thread, process or task brings about."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

# Waiting costs nothing when what is waited for comes; a busy machine takes its time.
PATIENCE_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.01
TRIES: Final = 4


def wait_until(look: Callable[[], object], told: Callable[[], object] = lambda: "") -> None:
    """Look until it is so; fails with what is ``told`` when it isn't after a minute.

    Of an event loop that has a part in it, call it as ``await asyncio.to_thread(wait_until, …)``,
    or ``await until(…)``.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < end, told()
        time.sleep(LOOK_SECONDS)


async def until(look: Callable[[], object], told: Callable[[], object] = lambda: "") -> None:
    """Look until it is so, and let the event loop go on meanwhile."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < end, told()
        await asyncio.sleep(LOOK_SECONDS)


async def is_kept_to(seconds: float, take_seconds: Callable[[], Awaitable[float]]) -> bool:
    """Whether something is done in so many seconds, at one of some tries.

    What takes longer by its making takes longer each time; a machine that is busy, only sometimes.
    """
    for _ in range(TRIES):
        if await take_seconds() < seconds:
            return True
    return False


def is_done_in(seconds: float, work: Callable[[], object]) -> bool:
    """As `is_kept_to`, of work that is done when it returns."""
    for _ in range(TRIES):
        begun = time.monotonic()
        work()
        if time.monotonic() - begun < seconds:
            return True
    return False
