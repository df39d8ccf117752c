"""A provider that is down is left alone, and tried again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest

from keys.providers import breaker
from keys.providers.base import (
    KeyRejected,
    ProviderFault,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from keys.providers.breaker import DOWN, Breaker, Tolerance
from keys.tests.answers import account

ADDRESS = "https://provider.example/v1"


@dataclass
class Clock:
    seconds: float = field(default_factory=time.monotonic)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(breaker, "time", clock)
    return clock


def breaker_of(address: str = ADDRESS) -> Breaker:
    return Breaker(account(address), "chat", Tolerance(failures=3, pause_seconds=10))


def fail(times: int, fault: ProviderFault | None = None) -> None:
    for _ in range(times):
        with breaker_of().admitted():
            breaker_of().failed(fault or ProviderUnavailable())


def is_open(which: Breaker) -> bool:
    try:
        with which.admitted():
            return False
    except ProviderUnavailable as fault:
        assert fault.sentence == DOWN
        return True


def test_breaker_opens_after_failures_in_a_row(clock: Clock) -> None:
    fail(2)
    assert not is_open(breaker_of())
    fail(1)
    assert is_open(breaker_of())


@pytest.mark.parametrize(
    "fault",
    [KeyRejected(), RequestRefused(), RateLimited(), ProviderUnavailable(is_down=False)],
)
def test_provider_that_answers_is_not_down(clock: Clock, fault: ProviderFault) -> None:
    fail(9, fault)
    assert not is_open(breaker_of())


def test_answer_in_between_counts_from_the_start(clock: Clock) -> None:
    fail(2)
    breaker_of().answered()
    fail(2)
    assert not is_open(breaker_of())


def test_other_accounts_addresses_and_work_are_untouched(clock: Clock) -> None:
    fail(3)
    assert is_open(breaker_of())
    assert not is_open(breaker_of("https://other.example/v1"))
    assert not is_open(Breaker(account(ADDRESS), "embedding", breaker_of().tolerance))


def test_one_trial_is_let_through_after_the_pause(clock: Clock) -> None:
    fail(3)
    clock.seconds += 11
    with breaker_of().admitted():
        assert is_open(breaker_of())
        breaker_of().failed(ProviderUnavailable())
    assert is_open(breaker_of())
    clock.seconds += 11
    with breaker_of().admitted():
        breaker_of().answered()
    assert not is_open(breaker_of())


def test_trial_that_was_given_up_makes_room_for_another(clock: Clock) -> None:
    fail(3)
    clock.seconds += 11
    with pytest.raises(KeyboardInterrupt), breaker_of().admitted():
        raise KeyboardInterrupt
    assert not is_open(breaker_of())


def test_what_is_remembered_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "MOST_REMEMBERED", 2)
    for number in range(5):
        breaker_of(f"https://{number}.example").failed(ProviderUnavailable())
    assert len(breaker._troubles) == 2
