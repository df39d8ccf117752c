"""What the tests of the keys floor share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from moto.server import ThreadedMotoServer

from askorac.testing.wire_server import WireServer, running
from keys.providers.breaker import forget_troubles
from keys.providers.patience import Patience
from keys.tests.answers import listen
from keys.tests.contract import PROVIDERS, Provider


@pytest.fixture(autouse=True)
def no_troubles() -> None:
    """Ports come again: what a test did to one is not held against the next."""
    forget_troubles()


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    """A server that speaks as AWS KMS and STS do, but asks nobody for a right."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=PROVIDERS, ids=str)
def provider(request: pytest.FixtureRequest) -> Provider:
    """Each of the adapters that keep the contract, with its SDK loaded."""
    found: Provider = request.param
    _load(found)
    return found


@cache
def _load(provider: Provider) -> None:
    """Ask once, patiently: the SDKs import most of themselves at the first question."""
    with running(provider.server()) as server:
        listen(provider.chat(server.base_url, Patience()))


@pytest.fixture
def wire(provider: Provider) -> Iterator[WireServer]:
    """A server that speaks the wire format of the adapter."""
    with running(provider.server()) as server:
        yield server
