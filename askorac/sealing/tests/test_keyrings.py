"""How long a process goes by what a key service said."""

import asyncio
import time
import weakref
from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread
from uuid import UUID, uuid4

import pytest
from django.conf import settings

from askorac.sealing import KeyRevoked, KeysAway, SealFault, keyrings
from askorac.sealing.keyring import OpenKeys
from askorac.testing.waiting import wait_until


class Service:
    """A vault whose answers a test decides."""

    def __init__(self) -> None:
        self.asked = 0
        self.fault: SealFault | None = None
        self.may_answer = Event()
        self.may_answer.set()
        self.keys = OpenKeys({1: (b"k" * 32, time.time() - 1)}, b"w" * 32)

    def open_keys(self, _organization_id: UUID) -> OpenKeys:
        self.asked += 1
        self.may_answer.wait(60)
        if self.fault:
            raise self.fault
        return self.keys


class Clock:
    """The module's clock, put forward by a test instead of waited for."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.sleep = time.sleep

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def pass_by(self, seconds: float) -> None:
        self.ahead += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(keyrings, "time", clock)
    return clock


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Service]:
    service = Service()
    monkeypatch.setattr(settings, "KEYRING_SECONDS", 40.0)
    monkeypatch.setattr(keyrings, "_loader", service.open_keys)
    yield service
    for organization_id in list(keyrings._asking):  # else the next test's service is asked
        until_answered(organization_id)


def until_answered(organization_id: UUID) -> None:
    """Until nothing is asked of the service beside the work any more."""
    while organization_id in keyrings._asking:
        time.sleep(0.01)


def test_service_is_asked_once_while_its_word_is_fresh(service: Service) -> None:
    organization_id = uuid4()
    first = keyrings.of(organization_id)
    assert keyrings.of(organization_id) is first
    assert asyncio.run(keyrings.ready(organization_id)) is first
    assert service.asked == 1


def test_ring_at_hand_is_not_waited_for(service: Service) -> None:
    organization_id = uuid4()
    assert (keyrings.at_hand(organization_id), service.asked) == (None, 0)
    ring = keyrings.of(organization_id)
    assert keyrings.at_hand(organization_id) is ring


def test_all_who_wait_ask_once(service: Service) -> None:
    organization_id, rings = uuid4(), []
    service.may_answer.clear()
    threads = [Thread(target=lambda: rings.append(keyrings.of(organization_id))) for _ in range(6)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    service.may_answer.set()
    for thread in threads:
        thread.join()
    assert (len(set(map(id, rings))), service.asked) == (1, 1)


def test_ring_is_renewed_beside_the_work(service: Service, clock: Clock) -> None:
    organization_id = uuid4()
    ring = keyrings.of(organization_id)
    clock.pass_by(25)
    service.may_answer.clear()
    assert keyrings.of(organization_id) is ring
    service.may_answer.set()
    until_answered(organization_id)
    clock.pass_by(18)
    assert keyrings.of(organization_id) is ring
    assert service.asked == 2


@pytest.mark.parametrize("fault", [KeyRevoked(), KeysAway()], ids=["revoked", "away"])
def test_ring_is_closed_in_time(service: Service, clock: Clock, fault: SealFault) -> None:
    organization_id = uuid4()
    keyrings.of(organization_id)
    service.fault = fault
    clock.pass_by(41)
    with pytest.raises(type(fault)):
        keyrings.of(organization_id)
    with pytest.raises(type(fault)):
        asyncio.run(keyrings.ready(organization_id))


def test_revoked_ring_is_closed_before_its_time_by_who_uses_it(
    service: Service, clock: Clock
) -> None:
    organization_id = uuid4()
    keyrings.of(organization_id)
    service.fault = KeyRevoked()
    clock.pass_by(25)
    with suppress(KeyRevoked):  # the answer may have come already
        keyrings.of(organization_id)
    until_answered(organization_id)
    with pytest.raises(KeyRevoked):
        keyrings.of(organization_id)


def test_service_that_is_away_for_a_moment_closes_nothing(service: Service, clock: Clock) -> None:
    organization_id = uuid4()
    ring = keyrings.of(organization_id)
    service.fault = KeysAway()
    clock.pass_by(25)
    assert keyrings.of(organization_id) is ring
    until_answered(organization_id)
    assert keyrings.of(organization_id) is ring


def test_service_that_was_waited_for_in_vain_keeps_nobody_else(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyrings, "WAIT_SECONDS", 0.1)
    organization_id = uuid4()
    service.may_answer.clear()
    with pytest.raises(KeysAway):
        keyrings.of(organization_id)
    monkeypatch.setattr(keyrings, "WAIT_SECONDS", 600)
    with pytest.raises(KeysAway):
        keyrings.of(organization_id)
    service.may_answer.set()
    until_answered(organization_id)


def test_key_given_back_opens_again(service: Service, clock: Clock) -> None:
    organization_id = uuid4()
    service.fault = KeyRevoked()
    for _ in range(3):
        with pytest.raises(KeyRevoked):
            keyrings.of(organization_id)
    assert service.asked == 1
    service.fault = None
    clock.pass_by(keyrings.REFUSED_SECONDS)
    assert keyrings.of(organization_id).version == 1


def test_new_key_makes_a_new_ring_and_what_was_held_goes(service: Service) -> None:
    organization_id = uuid4()
    ring = keyrings.of(organization_id)
    ring.held["vectors"] = 1
    service.keys = OpenKeys(service.keys.content | {2: (b"n" * 32, time.time())}, b"w" * 32)
    keyrings.forget(organization_id)
    renewed = keyrings.of(organization_id)
    assert (renewed.version, renewed.held) == (2, {})


@pytest.mark.usefixtures("service")
def test_ring_that_nobody_asks_for_any_more_is_let_go(clock: Clock) -> None:
    """What was opened into memory lies on the ring, and goes with it."""
    opened = Event()
    keyrings.of(uuid4()).held["opened"] = opened
    still_there = weakref.ref(opened)
    del opened
    clock.pass_by(41)
    wait_until(lambda: still_there() is None)
