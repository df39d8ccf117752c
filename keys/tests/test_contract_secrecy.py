"""No adapter shows a key, whatever goes wrong, nor what was asked and said."""

from __future__ import annotations

import logging

import pytest

from askorac.testing.wire_server import WireServer
from askorac.testing.wires import Behaviour, Fault
from keys.tests.answers import CANARY, listen, listen_until_fault, patience_with
from keys.tests.contract import Provider
from keys.tests.test_key_stays_hidden import TELLING, shown


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.NONE])
def test_key_is_in_no_exception_log_or_url(
    provider: Provider, wire: WireServer, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wire.behaviour = Behaviour(fault=fault, location=wire.base_url)
    _, error = listen_until_fault(provider.chat(wire.base_url, patience_with(fault)))
    assert error is not None
    assert wire.requests[0].key == CANARY
    assert TELLING not in shown(error) + caplog.text + wire.requests[0].path
    assert (error.__cause__, error.__context__) == (None, None)


def test_key_travels_in_one_header_alone(provider: Provider, wire: WireServer) -> None:
    listen(provider.chat(wire.base_url))
    (seen,) = wire.requests
    assert len([name for name, value in seen.headers.items() if TELLING in value]) == 1
    assert TELLING not in seen.path + repr(seen.body)


def test_nothing_asked_or_said_is_logged(
    provider: Provider, wire: WireServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    listen(provider.chat(wire.base_url))
    assert "return it" not in caplog.text
    assert "passages" not in caplog.text


def test_key_is_not_shown_by_its_model(provider: Provider) -> None:
    assert TELLING not in repr(provider.chat("http://127.0.0.1:1"))
