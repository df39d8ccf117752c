"""The drill: a customer takes their key away on a running OpenBao, in each way there is, and
processes that run close in time; given back, everything opens again."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.conf import settings

from askorac.jobs.models import State
from askorac.sealing import KeyRevoked, KeysAway, keyrings
from askorac.tenancy.context import tenant
from askorac.testing.openbao import OpenBao
from askorac.testing.people import Customer
from keys.models import KeyState
from keys.resealing import RESEAL
from keys.rotation import rotate_data_key
from keys.tests.own_service import Holding, holding
from keys.tests.sealed_rows import COUNT, do, everything, job_of, opened, pass_time, versions
from keys.tests.watching import watching
from keys.vault import ROTATE
from projects.models import AuditEvent

__all__ = ["holding"]

RING_SECONDS = 2
# A refusal is remembered for five seconds; the rest is for a machine that is busy.
GIVEN_BACK_SECONDS = keyrings.REFUSED_SECONDS + 40


def disable_key(holding: Holding) -> Callable[[], None]:
    holding.server.disable_key(holding.key)
    return lambda: holding.server.enable_key(holding.key)


def remove_policy(holding: Holding) -> Callable[[], None]:
    holding.server.remove_policy(holding.policy)
    return lambda: holding.server.allow_key(holding.policy, holding.key)


def revoke_token(holding: Holding) -> Callable[[], None]:
    holding.server.revoke_token(holding.token)

    def give_back() -> None:
        holding.token = holding.server.make_token(holding.policy)
        holding.choose()

    return give_back


WAYS = [disable_key, remove_policy, revoke_token]
named = pytest.mark.parametrize("take_away", WAYS, ids=lambda way: way.__name__)


def states(customer: Customer) -> list[str]:
    with tenant(customer.id):
        return list(KeyState.objects.values_list("state", flat=True))


def noted(customer: Customer) -> list[str]:
    with tenant(customer.id):
        events = AuditEvent.objects.filter(action__startswith="encryption.").order_by("at")
        return list(events.values_list("action", flat=True))


def test_a_process_goes_by_what_a_service_last_said_for_less_than_a_minute() -> None:
    assert settings.KEYRING_SECONDS + keyrings.WAIT_SECONDS < 60


@named
def test_key_taken_away_closes_a_running_process_and_given_back_opens_it(
    holding: Holding, take_away: Callable[[Holding], Callable[[], None]]
) -> None:
    holding.choose()
    with watching(
        holding.customer.id,
        KEYRING_SECONDS=str(RING_SECONDS),
        ALLOW_PRIVATE_ADDRESSES="127.0.0.0/8",
    ) as watch:
        watch.sees("open")
        time.sleep(RING_SECONDS)  # it has asked again by now
        give_back = take_away(holding)
        assert watch.sees("key_revoked") < RING_SECONDS + 40
        assert states(holding.customer) == ["revoked"]
        give_back()
        assert watch.sees("open") < GIVEN_BACK_SECONDS
    assert states(holding.customer) == ["available"]
    assert noted(holding.customer) == ["encryption.closed", "encryption.opened"]
    keyrings.forget(holding.customer.id)
    assert opened(holding.customer) == everything()


def test_server_that_hangs_is_away_and_nothing_is_said_to_be_revoked(
    holding: Holding, openbao: OpenBao
) -> None:
    holding.choose()
    openbao.hang()
    try:
        keyrings.forget(holding.customer.id)
        with pytest.raises(KeysAway):
            keyrings.of(holding.customer.id)
        assert states(holding.customer) == ["away"]
    finally:
        openbao.go_on()
    keyrings.forget(holding.customer.id)
    assert opened(holding.customer) == everything()
    assert (states(holding.customer), noted(holding.customer)) == (["available"], [])


def test_work_on_keys_waits_while_the_key_is_away_and_goes_on(
    holding: Holding, openbao: OpenBao
) -> None:
    customer = holding.customer
    holding.choose()  # which makes a new data key, too
    pass_time(customer, hours=2)
    openbao.disable_key(holding.key)
    for kind in (RESEAL, ROTATE):
        for _ in range(7):
            waiting = do(customer, kind)
        assert (waiting.state, waiting.attempts, waiting.reason != "") == (State.QUEUED, 0, True)
    openbao.enable_key(holding.key)
    keyrings.forget(customer.id)
    assert do(customer, RESEAL).state == State.READY
    assert versions(customer) == [2] * COUNT
    assert opened(customer) == everything()


def test_nothing_is_rotated_while_the_key_is_away(holding: Holding, openbao: OpenBao) -> None:
    customer = holding.customer
    holding.choose()
    openbao.disable_key(holding.key)
    keyrings.forget(customer.id)
    with pytest.raises(KeyRevoked):
        rotate_data_key(
            organization_id=customer.id,
            by=customer.actor,
            now=job_of(customer, RESEAL).created_at,
        )
    openbao.enable_key(holding.key)


def test_key_of_one_customer_closes_nobody_else(
    holding: Holding, openbao: OpenBao, stranger: Customer
) -> None:
    holding.choose()
    assert keyrings.of(stranger.id).version == 1
    openbao.disable_key(holding.key)
    for customer in (holding.customer, stranger):
        keyrings.forget(customer.id)
    assert keyrings.of(stranger.id).version == 1
    with pytest.raises(KeyRevoked):
        keyrings.of(holding.customer.id)
    openbao.enable_key(holding.key)
