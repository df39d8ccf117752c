"""What the tests of the keys floor share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from askorac.testing.wire_server import WireServer, running
from keys.providers.breaker import forget_troubles
from keys.tests.contract import PROVIDERS, Provider


@pytest.fixture(autouse=True)
def no_troubles() -> None:
    """Ports come again: what a test did to one is not held against the next."""
    forget_troubles()


@pytest.fixture(params=PROVIDERS, ids=str)
def provider(request: pytest.FixtureRequest) -> Provider:
    """Each of the adapters that keep the contract."""
    found: Provider = request.param
    return found


@pytest.fixture
def wire(provider: Provider) -> Iterator[WireServer]:
    """A server that speaks the wire format of the adapter."""
    with running(provider.server()) as server:
        yield server
