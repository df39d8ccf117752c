"""A provider's key is used, and shown nowhere, whatever goes wrong."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback

import pytest

from askorac.testing.openai_server import running_openai_server
from askorac.testing.openai_wire import Behaviour, Fault
from keys.providers.accounts import UNUSABLE_KEY, Account, ProviderKey
from keys.providers.base import EmbeddingSpace, KeyRejected
from keys.providers.openai import OpenAIChat, OpenAIEmbedding
from keys.tests.answers import (
    CANARY,
    PATIENT,
    account,
    chat,
    listen,
    listen_until_fault,
    patience_with,
)

# The end of it alone would tell as much.
TELLING = CANARY[-8:]


def shown(error: BaseException) -> str:
    """All that a careless report of an error would print, with the locals of every frame."""
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join([*report.format(chain=True), str(error), repr(error), repr(vars(error))])


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.NONE])
def test_key_is_in_no_exception_and_no_log(fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with running_openai_server(Behaviour(fault=fault)) as server:
        _, error = listen_until_fault(chat(server.base_url, patience=patience_with(fault)))
        assert error is not None
        assert server.requests[0].key == CANARY
    assert TELLING not in shown(error)
    assert TELLING not in caplog.text
    assert (error.__cause__, error.__context__) == (None, None)


def test_nothing_said_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with running_openai_server() as server:
        listen(chat(server.base_url))
    assert "return it" not in caplog.text
    assert "passages" not in caplog.text


def test_key_is_not_shown_by_what_holds_it() -> None:
    space = EmbeddingSpace("openai", "text-embedding-3-small", 1536)
    holder = account("http://127.0.0.1:1/v1")
    models = [
        OpenAIChat(account=holder, name="gpt-5.6-luna"),
        OpenAIEmbedding(account=holder, space=space),
    ]
    assert TELLING not in repr([holder, holder.key, str(holder), f"{holder.key}", models])


@pytest.mark.parametrize("leak", [pickle.dumps, copy.deepcopy])
def test_key_does_not_leave_its_process(leak: object) -> None:
    assert callable(leak)
    with pytest.raises(TypeError):
        leak(account("http://127.0.0.1:1/v1"))


@pytest.mark.parametrize("broken", [f"{CANARY}\n", f"{CANARY} ", f"{CANARY}é", f"{CANARY}\x00", ""])
def test_key_that_fits_no_header_is_rejected_before_it_is_sent(broken: str) -> None:
    model = OpenAIChat(
        account=Account(ProviderKey(broken), "http://127.0.0.1:1/v1"),
        name="gpt-5.6-luna",
        patience=PATIENT,
    )
    _, error = listen_until_fault(model)
    assert isinstance(error, KeyRejected)
    assert str(error) == UNUSABLE_KEY
    assert TELLING not in shown(error)


def test_environment_adds_nothing_to_a_customer_s_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-server")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-the-server")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/elsewhere")
    with running_openai_server() as server:
        listen(chat(server.base_url))
    assert [seen.key for seen in server.requests] == [CANARY]
    assert "openai-organization" not in server.requests[0].headers
