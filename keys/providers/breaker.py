"""A provider that is down is left alone for a while, instead of being asked by every visitor.

What is known is known in this process only, of each account at its address, and forgotten with
the first answer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from keys.providers.accounts import Account
from keys.providers.base import ProviderFault, ProviderUnavailable

DOWN: Final = "The provider has failed several times. It is asked again in a few seconds."
# The account's troubles that are remembered; the oldest are forgotten before.
MOST_REMEMBERED: Final = 1_000

Work: TypeAlias = Literal["chat", "embedding"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """After so many failures in a row nobody asks for so many seconds, and then one does."""

    failures: int = 6
    pause_seconds: float = 15.0


@dataclass(slots=True)
class _Trouble:
    failures: int = 0
    closed_until: float = 0.0
    has_trial: bool = False


_troubles: dict[tuple[Account, Work], _Trouble] = {}


@dataclass(frozen=True, slots=True)
class Breaker:
    """What stands between the requests of one account and a provider that is down."""

    account: Account
    work: Work
    tolerance: Tolerance = Tolerance()

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Surrounds one attempt; ProviderUnavailable, at once, while the provider is left alone."""
        trouble = _troubles.get((self.account, self.work))
        if trouble is None or trouble.failures < self.tolerance.failures:
            yield
            return
        if trouble.has_trial or time.monotonic() < trouble.closed_until:
            raise ProviderUnavailable(DOWN)
        trouble.has_trial = True
        try:
            yield
        finally:
            trouble.has_trial = False

    def answered(self) -> None:
        """Note that the provider has begun to answer."""
        _troubles.pop((self.account, self.work), None)

    def failed(self, fault: ProviderFault) -> None:
        """Note how an attempt ended. A provider that says no is not down."""
        if not isinstance(fault, ProviderUnavailable):
            self.answered()
        elif fault.is_down:
            self._count()

    def _count(self) -> None:
        trouble = _troubles.setdefault((self.account, self.work), _Trouble())
        trouble.failures += 1
        if trouble.failures >= self.tolerance.failures:
            trouble.closed_until = time.monotonic() + self.tolerance.pause_seconds
        while len(_troubles) > MOST_REMEMBERED:
            del _troubles[next(iter(_troubles))]


def forget_troubles() -> None:
    """Ask every provider again, as if the process had just started."""
    _troubles.clear()


@dataclass(frozen=True, slots=True)
class Circuit:
    """An account that has failed lately, without what would tell whose it is.

    `host` is empty for an address that a customer gave.
    """

    host: str
    work: Work
    failures: int
    seconds_closed: float  # for how long it is left alone; 0 if it is asked


def open_circuits() -> list[Circuit]:
    """What this process remembers of troubles, the worst first."""
    now = time.monotonic()
    found = [
        Circuit(_host(account), work, trouble.failures, max(trouble.closed_until - now, 0.0))
        for (account, work), trouble in list(_troubles.items())
    ]
    return sorted(found, key=lambda each: -each.failures)


def _host(account: Account) -> str:
    """Where it is asked; of an address that a customer gave, not even that."""
    return "" if account.is_guarded else urlsplit(account.base_url).hostname or ""
