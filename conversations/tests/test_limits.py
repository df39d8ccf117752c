"""Nobody asks more than is allowed, and nobody finds out by failing Redis."""

import asyncio
from uuid import UUID, uuid4

import pytest
from django.conf import settings

from askorac.tenancy.context import in_thread
from askorac.tenancy.limit_deeds import Limits, change_limits
from askorac.testing.pages import new_staff
from askorac.testing.people import Customer
from conversations import broker as connections
from conversations import limits
from conversations.limits import (
    Doorkeeper,
    LimitsUnreachable,
    Meter,
    TooMany,
    _limits,
    neighbourhood,
    spend_question,
)

NOBODY = uuid4()  # an organization without limits of its own


@pytest.fixture(autouse=True)
async def closed() -> None:
    """Each test has an event loop of its own, and so a client of its own."""
    yield
    await connections.close_broker()


async def spend(
    *, project_id: UUID | None = None, visitor_id: UUID | None = None, address: str = ""
) -> bool:
    try:
        await spend_question(
            organization_id=NOBODY,
            project_id=project_id or uuid4(),
            visitor_id=visitor_id or uuid4(),
            address=address or an_address(),
        )
    except TooMany as refused:
        assert 30 < refused.retry_after <= 60
        return False
    return True


def an_address() -> str:
    """One that no other test uses."""
    words = uuid4().hex
    return f"2001:db8:{words[:4]}:{words[4:8]}::1"


async def test_visitor_asks_twenty_times_a_minute_and_not_once_more() -> None:
    project_id, visitor_id = uuid4(), uuid4()
    spent = [await spend(project_id=project_id, visitor_id=visitor_id) for _ in range(22)]
    assert spent == [True] * 20 + [False] * 2
    assert await spend(project_id=project_id)


async def test_visitor_who_asks_all_at_once_gets_no_more() -> None:
    project_id, visitor_id = uuid4(), uuid4()
    spent = await asyncio.gather(
        *(spend(project_id=project_id, visitor_id=visitor_id) for _ in range(50))
    )
    assert sum(spent) == 20


async def test_address_is_limited_whoever_asks_from_it() -> None:
    address = an_address()
    spent = await asyncio.gather(*(spend(address=address) for _ in range(620)))
    assert sum(spent) == 600


async def test_project_is_limited_wherever_it_is_asked_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "PROJECT_QUESTIONS_A_MINUTE", 30)
    project_id = uuid4()
    spent = await asyncio.gather(*(spend(project_id=project_id) for _ in range(40)))
    assert sum(spent) == 30


async def test_refused_question_takes_nothing_from_the_other_limits() -> None:
    visitor_id, project_id, address = uuid4(), uuid4(), an_address()
    for _ in range(20):
        await spend(project_id=project_id, visitor_id=visitor_id)
    for _ in range(5):
        assert not await spend(project_id=project_id, visitor_id=visitor_id, address=address)
    client = connections.broker()
    assert await client.llen(f"orac:limit:project:{project_id}") == 20
    assert await client.llen(f"orac:limit:address:{neighbourhood(address)}") == 0


async def test_limit_frees_itself_when_its_oldest_use_is_a_minute_old() -> None:
    project_id, visitor_id = uuid4(), uuid4()
    for _ in range(20):
        await spend(project_id=project_id, visitor_id=visitor_id)
    client = connections.broker()
    key = f"orac:limit:visitor:{project_id}:{visitor_id}"
    oldest = int(await client.lindex(key, -1))
    await client.lset(key, -1, oldest - 60_000)
    assert await spend(project_id=project_id, visitor_id=visitor_id)
    assert not await spend(project_id=project_id, visitor_id=visitor_id)


async def test_limits_are_closed_when_redis_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:9/0")
    with pytest.raises(LimitsUnreachable):
        await spend()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_neighbourhood_is_what_one_customer_holds(address: str, expected: str) -> None:
    assert neighbourhood(address) == expected


def test_doorkeeper_counts_open_sockets_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ADDRESS_SOCKETS", 2)
    doorkeeper = Doorkeeper()
    came = [doorkeeper.let_in("192.0.2.1", now=100.0) for _ in range(3)]
    assert came == [True, True, False]
    assert doorkeeper.let_in("192.0.2.2", now=100.0)
    doorkeeper.let_out("192.0.2.1")
    assert doorkeeper.let_in("192.0.2.1", now=101.0)


def test_doorkeeper_counts_who_comes_by_the_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ADDRESS_SOCKETS_A_MINUTE", 2)
    doorkeeper = Doorkeeper()
    came = [doorkeeper.let_in("192.0.2.1", now=now) for now in (100.0, 110.0, 120.0)]
    assert came == [True, True, False]
    assert doorkeeper.let_in("192.0.2.2", now=130.0)
    assert doorkeeper.let_in("192.0.2.1", now=160.0)


def test_meter_counts_by_the_minute() -> None:
    meter = Meter()
    taken = [meter.take(3, now=now) for now in (100.0, 110.0, 120.0, 130.0, 160.0)]
    assert taken == [True, True, True, False, True]


async def test_organization_has_limits_of_its_own(organization: Customer) -> None:
    def limited(**limits: int) -> None:
        by = new_staff().pk
        assert change_limits(
            organization_id=organization.id, limits=Limits(**limits), by=by, reason="Try"
        )
        _limits.clear()

    async def spent(times: int) -> list[float]:
        waits = []
        for _ in range(times):
            try:
                await spend_question(
                    organization_id=organization.id,
                    project_id=uuid4(),
                    visitor_id=uuid4(),
                    address=an_address(),
                )
                waits.append(0.0)
            except TooMany as refused:
                waits.append(refused.retry_after)
        return waits

    await in_thread(limited, questions_a_minute=2)
    waits = await spent(3)
    assert (waits[:2], 30 < waits[2] <= 60) == ([0.0, 0.0], True)
    await in_thread(limited, questions_a_day=1)
    waits = await spent(2)
    assert (waits[0], 0 < waits[1] <= 86_400) == (0.0, True)
    await in_thread(limited, questions_a_day=0, questions_a_minute=0)
    assert min(await spent(1)) > 0
