"""Waiting for what another thread, process or task brings about."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

# Waiting costs nothing when what is waited for comes; a busy machine takes its time.
PATIENCE_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.01


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
