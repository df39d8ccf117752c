"""What only Anthropic's adapter does: its dialects, its thoughts and its frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from askorac.testing.anthropic_server import AnthropicServer
from askorac.testing.anthropic_wire import thoughts
from askorac.testing.wire_server import running
from askorac.testing.wires import Behaviour, frame
from keys.providers.anthropic import AnthropicChat
from keys.providers.anthropic.faults import fault_in_stream
from keys.providers.anthropic.frames import AnswerReader
from keys.providers.anthropic.prompts import messages_of
from keys.providers.base import (
    Completion,
    KeyRejected,
    PromptMessage,
    ProviderFault,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
    ToolCall,
    ToolResult,
)
from keys.providers.faults import CUT_SHORT, NO_CREDIT, TOO_LONG
from keys.tests.answers import CANARY, PATIENT, account, listen, request

THOUGHT = {"type": "thinking", "thinking": "Look it up.", "signature": "signed"}


@pytest.fixture
def server() -> Iterator[AnthropicServer]:
    with running(AnthropicServer()) as server:
        yield server


def chat(base_url: str, name: str = "claude-haiku-5-5") -> AnthropicChat:
    return AnthropicChat(account=account(base_url), name=name, patience=PATIENT)


@pytest.mark.parametrize("version", ["", "/v1", "/v1/"])
def test_request_carries_prompt_key_and_bounds(server: AnthropicServer, version: str) -> None:
    listen(chat(server.base_url + version))
    (seen,) = server.requests
    assert seen.path == "/v1/messages"
    assert seen.key == CANARY
    assert seen.body == {
        "model": "claude-haiku-5-5",
        "system": "Answer from the passages.",
        "messages": [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hello, ask away."},
            {"role": "user", "content": "When may I return it?"},
        ],
        "max_tokens": 300,
        "thinking": {"type": "disabled"},
        "stream": True,
    }


@pytest.mark.parametrize(
    ("name", "told", "room"),
    [
        ("claude-haiku-4-5", {}, 0),
        ("claude-sonnet-4-6", {}, 0),
        ("claude-sonnet-5", {"thinking": {"type": "disabled"}}, 0),
        ("claude-sonnet-5-5", {"thinking": {"type": "between_tools"}}, 0),
        ("claude-opus-5", {"thinking": {"type": "disabled"}}, 0),
        ("claude-opus-5-5", {"output_config": {"effort": "low"}}, 4096),
        ("claude-fable-5-2", {"output_config": {"effort": "low"}}, 4096),
        ("kimi-k3", {}, 0),
    ],
)
def test_model_thinks_as_little_as_it_can(
    server: AnthropicServer, name: str, told: dict[str, Any], room: int
) -> None:
    listen(chat(server.base_url, name))
    (body,) = [seen.body for seen in server.requests]
    assert {key: body[key] for key in ("thinking", "output_config") if key in body} == told
    assert body["max_tokens"] == 300 + room
    assert "temperature" not in body


def test_what_is_written_to_the_cache_was_read_too(server: AnthropicServer) -> None:
    server.behaviour = Behaviour(text="Yes.")
    assert listen(chat(server.base_url))[-1] == Completion("stop", 100, 1, 40)


def test_thoughts_are_not_said_and_go_back_with_the_call() -> None:
    block = {"type": "tool_use", "id": "toolu_1", "name": "find_order", "input": {}}
    reader = AnswerReader()
    body = (
        thoughts("Look it up.", "signed")
        + frame({"type": "content_block_start", "index": 10, "content_block": block})
        + frame({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {}})
    )
    assert reader.feed(body) == ""
    (call,) = reader.calls()
    assert (call.id, call.arguments) == ("toolu_1", "{}")
    assert orjson.loads(call.signature) == [THOUGHT]
    result = ToolResult("toolu_1", "find_order", "On its way", is_error=True)
    asked = replace(
        request(),
        messages=(
            PromptMessage("assistant", "Let me look.", calls=(call,)),
            PromptMessage("user", "Go on", results=(result,)),
        ),
    )
    first, second = (message["content"] for message in messages_of(asked))
    assert first == [THOUGHT, {"type": "text", "text": "Let me look."}, block]
    assert [part["type"] for part in second] == ["tool_result", "text"]
    assert second[0]["is_error"] is True


def test_call_whose_arguments_broke_off_is_a_fault() -> None:
    reader = AnswerReader()
    block = {"type": "tool_use", "id": "toolu_1", "name": "find_order", "input": {}}
    delta = {"type": "input_json_delta", "partial_json": '{"number": '}
    reader.feed(frame({"type": "content_block_start", "index": 0, "content_block": block}))
    reader.feed(frame({"type": "content_block_delta", "index": 0, "delta": delta}))
    reader.feed(frame({"type": "message_delta", "delta": {"stop_reason": "tool_use"}}))
    with pytest.raises(ProviderUnavailable):
        reader.calls()


def test_pings_are_no_sign_of_an_answer() -> None:
    reader = AnswerReader()
    reader.feed(frame({"type": "ping"}, event="ping") * 3)
    assert reader.frame_count == 0


@pytest.mark.parametrize(
    ("kind", "message", "raised", "sentence"),
    [
        ("overloaded_error", "", ProviderUnavailable, CUT_SHORT),
        ("newly_made_error", "", ProviderUnavailable, CUT_SHORT),
        ("rate_limit_error", "", RateLimited, RateLimited.default_sentence),
        ("authentication_error", "", KeyRejected, KeyRejected.default_sentence),
        ("billing_error", "", KeyRejected, NO_CREDIT),
        ("invalid_request_error", "Your credit balance is too low to", KeyRejected, NO_CREDIT),
        ("invalid_request_error", "prompt is too long: 9 > 8", RequestRefused, TOO_LONG),
    ],
)
def test_error_in_the_stream_is_told_apart(
    kind: str, message: str, raised: type[ProviderFault], sentence: str
) -> None:
    fault = fault_in_stream(kind, message)
    assert (type(fault), fault.sentence) == (raised, sentence)


def test_call_without_thoughts_has_no_signature(server: AnthropicServer) -> None:
    server.behaviour = Behaviour(text="", calls=(("find_order", "{}"),))
    assert listen(chat(server.base_url))[0] == ToolCall("call_0", "find_order", "{}")
