"""A second model answers when the first one can't be had, and not otherwise."""

from __future__ import annotations

import pytest

from askorac.testing.anthropic_server import AnthropicServer
from askorac.testing.openai_server import running_openai_server
from askorac.testing.wire_server import WireServer, running
from askorac.testing.wires import ANSWER, Behaviour, Fault
from keys.providers.anthropic import AnthropicChat
from keys.providers.base import AnsweredBy, KeyRejected, ProviderUnavailable
from keys.providers.fallback import Fallback
from keys.tests.answers import (
    PATIENT,
    SAID_BEFORE,
    account,
    chat,
    listen,
    listen_until_fault,
    patience_with,
)


def both(first: WireServer, second: WireServer, fault: Fault = Fault.NONE) -> Fallback:
    second_model = AnthropicChat(
        account=account(second.base_url), name="claude-haiku-5-5", patience=PATIENT
    )
    return Fallback(chat(first.base_url, patience=patience_with(fault)), second_model)


def test_first_model_answers_while_it_can() -> None:
    with running_openai_server() as first, running(AnthropicServer()) as second:
        model = both(first, second)
        *text, _ = listen(model)
        assert "".join(map(str, text)) == ANSWER
        assert second.requests == []
        assert (model.provider, model.name, model.is_language_model) == (
            "openai",
            "gpt-5.6-luna",
            True,
        )


@pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.LIMITED, Fault.MUTE, Fault.CLOSED])
def test_second_model_answers_and_is_named(fault: Fault) -> None:
    with running_openai_server() as first, running(AnthropicServer()) as second:
        first.behaviour = Behaviour(fault=fault, after_tokens=0)
        named, *text, _ = listen(both(first, second, fault))
    assert named == AnsweredBy("anthropic", "claude-haiku-5-5")
    assert "".join(map(str, text)) == ANSWER


def test_second_model_answers_at_once_while_the_first_is_left_alone() -> None:
    with running_openai_server() as first, running(AnthropicServer()) as second:
        first.behaviour = Behaviour(fault=Fault.BROKEN)
        model = both(first, second)
        for _ in range(3):
            listen(model)
        assert (len(first.requests), len(second.requests)) == (6, 3)


@pytest.mark.parametrize("fault", [Fault.REJECTED, Fault.NO_CREDIT, Fault.UNKNOWN_MODEL])
def test_refusal_is_not_made_good_by_the_second(fault: Fault) -> None:
    with running_openai_server() as first, running(AnthropicServer()) as second:
        first.behaviour = Behaviour(fault=fault)
        said, error = listen_until_fault(both(first, second))
        assert (said, second.requests) == ([], [])
        assert getattr(error, "code", "") in ("key_rejected", "request_refused")


def test_second_model_does_not_go_on_in_the_middle() -> None:
    with running_openai_server() as first, running(AnthropicServer()) as second:
        first.behaviour = Behaviour(fault=Fault.CLOSED, token_seconds=0.02)
        said, error = listen_until_fault(both(first, second))
        assert ("".join(map(str, said)), second.requests) == (SAID_BEFORE, [])
        assert type(error) is ProviderUnavailable


def test_fault_of_the_second_is_raised() -> None:
    with running_openai_server() as first, running(AnthropicServer()) as second:
        first.behaviour = Behaviour(fault=Fault.BROKEN)
        second.behaviour = Behaviour(fault=Fault.REJECTED)
        said, error = listen_until_fault(both(first, second))
    assert said == [AnsweredBy("anthropic", "claude-haiku-5-5")]
    assert type(error) is KeyRejected
    assert (error.__cause__, error.__context__) == (None, None)
