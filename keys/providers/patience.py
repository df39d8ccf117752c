"""How long a provider is waited for, and when it is asked once more."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

import httpx2

from keys.providers.base import ProviderFault, ProviderUnavailable, RateLimited


@dataclass(frozen=True, slots=True)
class Patience:
    """All times in seconds. A visitor who has seen nothing for half a minute has left."""

    connect: float = 5.0
    first_token: float = 25.0
    silence: float = 30.0
    # How long an answer that is complete waits for its token counts, and for the end of the body.
    token_counts: float = 2.0
    end_of_body: float = 0.1
    embedding: float = 60.0
    retries: int = 2
    back_off: float = 0.5
    longest_retry_after: float = 10.0
    # A retry is not begun later than this: whoever asked has stopped waiting.
    retry_window: float = 20.0

    @property
    def request_timeout(self) -> httpx2.Timeout:
        """For a request that is answered in one piece."""
        return httpx2.Timeout(self.embedding, connect=self.connect, pool=self.connect)


class Retries:
    """The retries of one request."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._taken = 0
        self._ends_at = time.monotonic() + patience.retry_window

    async def wait_after(self, fault: ProviderFault) -> bool:
        """Wait as long as the fault asks for and say True; False if asking again is no use."""
        delay = self._delay_after(fault)
        if delay is None or time.monotonic() + delay > self._ends_at:
            return False
        self._taken += 1
        await asyncio.sleep(delay)
        return True

    def _delay_after(self, fault: ProviderFault) -> float | None:
        if self._taken >= self._patience.retries:
            return None
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing
        back_off: float = self._patience.back_off * 2**self._taken * jitter
        if isinstance(fault, ProviderUnavailable):
            return back_off
        if not isinstance(fault, RateLimited):
            return None
        asked_for = fault.retry_after or 0.0
        # Everyone who was turned away is told the same time: the jitter spreads them after it.
        return asked_for + back_off if asked_for <= self._patience.longest_retry_after else None
