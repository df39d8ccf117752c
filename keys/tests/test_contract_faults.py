"""What every adapter does when something goes wrong, and when its address may not be reached."""

from __future__ import annotations

import time

import pytest

from askorac.net.addresses import networks_of
from askorac.testing.wire_server import WireServer, running
from askorac.testing.wires import ANSWER, Behaviour, Fault
from keys.providers.accounts import Account, ProviderKey
from keys.providers.base import (
    KeyRejected,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from keys.providers.breaker import DOWN
from keys.providers.faults import (
    NO_CREDIT,
    NOT_PUBLIC,
    NOT_SEALED,
    REDIRECTED,
    TOO_LONG,
    TOO_SLOW,
)
from keys.tests.answers import CANARY, SAID_BEFORE, listen, listen_until_fault, patience_with
from keys.tests.contract import Provider


def guarded(base_url: str, let_through: str = "") -> Account:
    return Account(ProviderKey(CANARY), base_url, True, networks_of(let_through))


@pytest.mark.parametrize(
    ("fault", "raised", "sentence"),
    [
        (Fault.REJECTED, KeyRejected, KeyRejected.default_sentence),
        (Fault.FORBIDDEN, KeyRejected, KeyRejected.default_sentence),
        (Fault.NO_CREDIT, KeyRejected, NO_CREDIT),
        (Fault.UNKNOWN_MODEL, RequestRefused, RequestRefused.default_sentence),
        (Fault.TOO_LONG, RequestRefused, TOO_LONG),
    ],
)
def test_refusal_is_told_apart_and_not_repeated(
    provider: Provider,
    wire: WireServer,
    fault: Fault,
    raised: type[Exception],
    sentence: str,
) -> None:
    wire.behaviour = Behaviour(fault=fault)
    said, error = listen_until_fault(provider.chat(wire.base_url))
    assert (said, type(error), str(error)) == ([], raised, sentence)
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    ("fault", "raised", "sentence"),
    [
        (Fault.LIMITED, RateLimited, RateLimited.default_sentence),
        (Fault.BROKEN, ProviderUnavailable, ProviderUnavailable.default_sentence),
        (Fault.OVERLOADED, ProviderUnavailable, ProviderUnavailable.default_sentence),
        (Fault.MUTE, ProviderUnavailable, TOO_SLOW),
    ],
)
def test_passing_fault_is_retried_twice_and_then_raised(
    provider: Provider, wire: WireServer, fault: Fault, raised: type[Exception], sentence: str
) -> None:
    wire.behaviour = Behaviour(fault=fault)
    said, error = listen_until_fault(provider.chat(wire.base_url, patience_with(fault)))
    assert (said, type(error), str(error)) == ([], raised, sentence)
    assert [seen.key for seen in wire.requests] == [CANARY] * 3


@pytest.mark.parametrize(
    "fault",
    [Fault.LIMITED, Fault.BROKEN, Fault.OVERLOADED, Fault.RESET, Fault.CLOSED, Fault.MALFORMED,
     Fault.ERROR_FRAME, Fault.HANG],
)  # fmt: skip
def test_fault_before_the_first_token_is_not_noticed_when_it_passes(
    provider: Provider, wire: WireServer, fault: Fault
) -> None:
    wire.upcoming.append(Behaviour(fault=fault, after_tokens=0))
    *text, _ = listen(provider.chat(wire.base_url, patience_with(fault)))
    assert "".join(map(str, text)) == ANSWER
    assert len(wire.requests) == 2


@pytest.mark.parametrize(
    "fault", [Fault.RESET, Fault.CLOSED, Fault.MALFORMED, Fault.ERROR_FRAME, Fault.HANG]
)
def test_fault_after_the_first_token_is_raised_and_never_retried(
    provider: Provider, wire: WireServer, fault: Fault
) -> None:
    wire.behaviour = Behaviour(fault=fault, after_tokens=3, token_seconds=0.02)
    said, error = listen_until_fault(provider.chat(wire.base_url, patience_with(fault)))
    assert "".join(map(str, said)) == SAID_BEFORE
    assert (type(error), len(wire.requests)) == (ProviderUnavailable, 1)


def test_retry_waits_as_long_as_the_provider_asks(provider: Provider, wire: WireServer) -> None:
    wire.upcoming.append(Behaviour(fault=Fault.LIMITED, retry_after="0.3"))
    begun = time.monotonic()
    listen(provider.chat(wire.base_url))
    assert 0.3 < time.monotonic() - begun < 60


def test_retry_that_would_come_too_late_is_left_to_the_caller(
    provider: Provider, wire: WireServer
) -> None:
    wire.behaviour = Behaviour(fault=Fault.LIMITED, retry_after="120")
    _, error = listen_until_fault(provider.chat(wire.base_url))
    assert isinstance(error, RateLimited)
    assert (error.retry_after, len(wire.requests)) == (120.0, 1)


def test_provider_that_is_not_there_is_unavailable(provider: Provider) -> None:
    with running(provider.server()) as server:
        address = server.base_url
    _, error = listen_until_fault(provider.chat(address))
    assert type(error) is ProviderUnavailable


def test_provider_that_is_down_is_left_alone(provider: Provider, wire: WireServer) -> None:
    wire.behaviour = Behaviour(fault=Fault.BROKEN)
    model = provider.chat(wire.base_url)
    listen_until_fault(model)
    listen_until_fault(model)
    assert len(wire.requests) == 6
    _, error = listen_until_fault(model)
    assert (type(error), str(error), len(wire.requests)) == (ProviderUnavailable, DOWN, 6)


@pytest.mark.parametrize("fault", [Fault.REJECTED, Fault.UNKNOWN_MODEL])
def test_provider_that_says_no_is_not_down(
    provider: Provider, wire: WireServer, fault: Fault
) -> None:
    wire.behaviour = Behaviour(fault=fault)
    model = provider.chat(wire.base_url)
    for _ in range(8):
        listen_until_fault(model)
    assert len(wire.requests) == 8


def test_redirect_is_not_followed(provider: Provider, wire: WireServer) -> None:
    with running(provider.server()) as elsewhere:
        wire.behaviour = Behaviour(fault=Fault.REDIRECTED, location=elsewhere.base_url)
        _, error = listen_until_fault(provider.chat(wire.base_url))
        assert (type(error), str(error)) == (RequestRefused, REDIRECTED)
        assert (len(wire.requests), elsewhere.requests) == (1, [])


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "0.0.0.0"]
)
def test_guarded_account_reaches_no_private_address(
    provider: Provider, wire: WireServer, host: str
) -> None:
    address = wire.base_url.replace("127.0.0.1", host)
    _, error = listen_until_fault(provider.chat("", whose=guarded(address)))
    # A name is refused before it is looked up: the key would travel to it unsealed.
    sentence = NOT_SEALED if host == "localhost" else NOT_PUBLIC
    assert (type(error), str(error)) == (RequestRefused, sentence)
    assert wire.connection_count == 0


def test_guarded_account_reaches_what_the_operator_lets_through(
    provider: Provider, wire: WireServer
) -> None:
    whose = guarded(wire.base_url, "127.0.0.0/8")
    *text, _ = listen(provider.chat("", whose=whose))
    assert "".join(map(str, text)) == ANSWER


def test_guarded_account_follows_no_redirect_inside(provider: Provider, wire: WireServer) -> None:
    with running(provider.server()) as inside:
        wire.behaviour = Behaviour(fault=Fault.REDIRECTED, location=inside.base_url)
        whose = guarded(wire.base_url, "127.0.0.0/8")
        _, error = listen_until_fault(provider.chat("", whose=whose))
        assert (type(error), inside.connection_count) == (RequestRefused, 0)
