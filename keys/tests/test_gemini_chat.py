"""The adapter over Google's real SDK, against a server that speaks the wire format."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator

import pytest

from askorac.testing.gemini_server import GeminiServer
from askorac.testing.wire_server import running
from askorac.testing.wires import ANSWER, Behaviour, Fault
from keys.providers.base import (
    ChatRequest,
    Completion,
    KeyRejected,
    PromptMessage,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
    Tool,
    ToolCall,
    ToolResult,
)
from keys.providers.faults import CUT_SHORT, EMPTY, MALFORMED, NO_CREDIT, TOO_LONG, TOO_SLOW
from keys.providers.gemini import GeminiChat
from keys.providers.gemini.faults import fault_told
from keys.providers.gemini.frames import AnswerReader
from keys.providers.gemini.prompts import contents_of
from keys.providers.patience import Patience
from keys.tests.answers import (
    CANARY,
    PATIENT,
    SAID_BEFORE,
    account,
    listen,
    listen_until_fault,
    patience_with,
    pieces_of,
    request,
)
from keys.tests.test_key_stays_hidden import TELLING, shown

FIND = Tool("find", "Find an order.", '{"type": "object", "properties": {"n": {"type": "number"}}}')


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with running(GeminiServer()) as server:
        yield server


def chat(
    server: GeminiServer, name: str = "gemini-3.5-flash", patience: Patience = PATIENT
) -> GeminiChat:
    return GeminiChat(account=account(server.base_url), name=name, patience=patience)


def asking_with(tools: tuple[Tool, ...], *messages: PromptMessage) -> ChatRequest:
    return ChatRequest("Answer.", messages, "", (), 300, tools)


def test_stream_yields_text_then_one_completion(server: GeminiServer) -> None:
    *text, end = listen(chat(server))
    assert "".join(map(str, text)) == ANSWER
    assert end == Completion("stop", 100, len(ANSWER.split()), 40)


@pytest.mark.parametrize("name", ["gemini-3.5-flash", "models/gemini-3.5-flash"])
def test_request_carries_prompt_and_bounds_and_the_key_in_its_header_alone(
    server: GeminiServer, name: str
) -> None:
    listen(chat(server, name))
    (seen,) = server.requests
    assert seen.path == "/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse"
    assert [title for title, value in seen.headers.items() if CANARY in value] == ["x-goog-api-key"]
    assert seen.body == {
        "systemInstruction": {"parts": [{"text": "Answer from the passages."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Hello"}]},
            {"role": "model", "parts": [{"text": "Hello, ask away."}]},
            {"role": "user", "parts": [{"text": "When may I return it?"}]},
        ],
        "generationConfig": {
            "maxOutputTokens": 812,
            "candidateCount": 1,
            "thinkingConfig": {"thinkingLevel": "minimal"},
        },
    }


@pytest.mark.parametrize(
    ("name", "thinking", "room"),
    [
        ("gemini-2.5-flash-lite", {"thinkingBudget": 0}, 0),
        ("gemini-2.5-pro", {"thinkingBudget": 128}, 128),
        ("gemini-3.1-pro-preview", {"thinkingLevel": "low"}, 4096),
        ("gemini-2.0-flash", None, 0),
        ("gemma-4-27b-it", None, 0),
    ],
)
def test_model_thinks_as_little_as_it_can(
    server: GeminiServer, name: str, thinking: dict[str, object] | None, room: int
) -> None:
    listen(chat(server, name))
    config = server.requests[0].body["generationConfig"]
    assert (config.get("thinkingConfig"), config["maxOutputTokens"]) == (thinking, 300 + room)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [("MAX_TOKENS", "length"), ("SAFETY", "filtered"), ("RECITATION", "filtered"),
     ("PROHIBITED_CONTENT", "filtered"), ("SPII", "filtered"), ("NEWLY_MADE", "stop")],
)  # fmt: skip
def test_finish_reason_is_kept(server: GeminiServer, sent: str, meant: str) -> None:
    server.behaviour = Behaviour(finish_reason=sent)
    end = listen(chat(server))[-1]
    assert isinstance(end, Completion)
    assert end.finish_reason == meant


def test_blocked_question_is_filtered() -> None:
    reader = AnswerReader()
    assert reader.feed(b'data: {"promptFeedback": {"blockReason": "SAFETY"}}\n\n') == ""
    assert reader.completion() == Completion("filtered", 0, 0)


def test_thoughts_are_counted_and_not_said() -> None:
    reader = AnswerReader()
    said = reader.feed(
        b'data: {"candidates": [{"content": {"parts": [{"text": "Hm", "thought": true},'
        b' {"text": "Yes"}]}, "finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 7,'
        b' "candidatesTokenCount": 1, "thoughtsTokenCount": 5}}\r\n\r\n'
    )
    assert (said, reader.completion()) == ("Yes", Completion("stop", 7, 6))


def test_broken_call_is_a_fault_of_this_answer_alone(server: GeminiServer) -> None:
    server.behaviour = Behaviour(text="", finish_reason="MALFORMED_FUNCTION_CALL")
    _, error = listen_until_fault(chat(server))
    assert isinstance(error, ProviderUnavailable)
    assert (str(error), error.is_down) == (MALFORMED, False)


def test_empty_answer_is_none(server: GeminiServer) -> None:
    server.behaviour = Behaviour(text="")
    _, error = listen_until_fault(chat(server))
    assert (type(error), str(error)) == (ProviderUnavailable, EMPTY)


def test_tools_are_offered_and_asked_for(server: GeminiServer) -> None:
    server.behaviour = Behaviour(text="", calls=(("find", '{"n":7}'), ("find", "{}")))
    *calls, end = listen(chat(server), asking_with((FIND,), PromptMessage("user", "Where is it?")))
    assert calls == [ToolCall("call_0", "find", '{"n":7}'), ToolCall("call_1", "find", "{}")]
    assert isinstance(end, Completion)
    assert end.finish_reason == "tool"
    (declared,) = server.requests[0].body["tools"][0]["functionDeclarations"]
    assert declared["name"] == "find"
    assert declared["parametersJsonSchema"]["type"] == "object"


def test_call_and_result_go_back_as_they_came() -> None:
    asked = asking_with(
        (FIND,),
        PromptMessage("assistant", "", calls=(ToolCall("c1", "find", '{"n": 7}', "signed"),)),
        PromptMessage("user", "", results=(ToolResult("c1", "find", "On its way"),)),
        PromptMessage("assistant", "", calls=(ToolCall("unnamed-0", "find", "{}"),)),
        PromptMessage("user", "", results=(ToolResult("unnamed-0", "find", "Gone", True),)),
    )
    first, result, second, failed = (content["parts"][0] for content in contents_of(asked))
    assert first == {
        "functionCall": {"name": "find", "args": {"n": 7}, "id": "c1"}, "thoughtSignature": "signed"
    }  # fmt: skip
    told = {"name": "find", "response": {"result": "On its way"}, "id": "c1"}
    assert result == {"functionResponse": told}
    assert second == {"functionCall": {"name": "find", "args": {}}}
    assert failed == {"functionResponse": {"name": "find", "response": {"error": "Gone"}}}


@pytest.mark.parametrize(
    ("fault", "raised", "sentence", "requests"),
    [
        (Fault.REJECTED, KeyRejected, KeyRejected.default_sentence, 1),
        (Fault.FORBIDDEN, KeyRejected, KeyRejected.default_sentence, 1),
        (Fault.NO_CREDIT, KeyRejected, NO_CREDIT, 1),
        (Fault.UNKNOWN_MODEL, RequestRefused, RequestRefused.default_sentence, 1),
        (Fault.TOO_LONG, RequestRefused, TOO_LONG, 1),
        (Fault.LIMITED, RateLimited, RateLimited.default_sentence, 3),
        (Fault.BROKEN, ProviderUnavailable, ProviderUnavailable.default_sentence, 3),
        (Fault.OVERLOADED, ProviderUnavailable, ProviderUnavailable.default_sentence, 3),
        (Fault.MUTE, ProviderUnavailable, TOO_SLOW, 3),
    ],
)
def test_fault_before_the_answer_is_told_apart(
    server: GeminiServer, fault: Fault, raised: type[Exception], sentence: str, requests: int
) -> None:
    server.behaviour = Behaviour(fault=fault)
    said, error = listen_until_fault(chat(server, patience=patience_with(fault)))
    assert (said, type(error), str(error)) == ([], raised, sentence)
    assert len(server.requests) == requests


def test_retry_waits_as_long_as_the_body_asks(server: GeminiServer) -> None:
    server.upcoming.append(Behaviour(fault=Fault.LIMITED, retry_after="0.4"))
    begun = time.monotonic()
    listen(chat(server))
    assert 0.4 < time.monotonic() - begun < 60
    server.behaviour = Behaviour(fault=Fault.LIMITED, retry_after="37")
    _, error = listen_until_fault(chat(server))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 37.0


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault.RESET, ProviderUnavailable.default_sentence),
        (Fault.CLOSED, CUT_SHORT),
        (Fault.MALFORMED, MALFORMED),
        (Fault.ERROR_FRAME, ProviderUnavailable.default_sentence),
        (Fault.HANG, TOO_SLOW),
    ],
)
def test_fault_after_the_first_token_is_raised_and_never_retried(
    server: GeminiServer, fault: Fault, sentence: str
) -> None:
    server.behaviour = Behaviour(fault=fault, token_seconds=0.02)
    said, error = listen_until_fault(chat(server, patience=patience_with(fault)))
    assert "".join(map(str, said)) == SAID_BEFORE
    assert (type(error), str(error)) == (ProviderUnavailable, sentence)
    assert len(server.requests) == 1


def test_redirect_is_not_followed(server: GeminiServer) -> None:
    with running(GeminiServer()) as elsewhere:
        server.behaviour = Behaviour(fault=Fault.REDIRECTED, location=elsewhere.base_url)
        _, error = listen_until_fault(chat(server))
        assert (type(error), elsewhere.requests) == (RequestRefused, [])


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.NONE])
def test_key_is_in_no_exception_log_or_url(
    server: GeminiServer, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.behaviour = Behaviour(fault=fault)
    _, error = listen_until_fault(chat(server, patience=patience_with(fault)))
    assert error is not None
    assert TELLING not in shown(error) + caplog.text + server.requests[0].path
    assert (error.__cause__, error.__context__) == (None, None)


def test_environment_adds_nothing_to_a_customer_s_request(
    server: GeminiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, "AIza-of-the-server")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "project-of-the-server")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", "v9")
    listen(chat(server))
    (seen,) = server.requests
    assert seen.key == CANARY
    assert seen.path.startswith("/v1beta/models/")
    assert "of-the-server" not in repr(seen)


def test_cancelling_stops_the_provider_at_once(server: GeminiServer) -> None:
    server.behaviour = Behaviour(token_seconds=0.02, text="word " * 2000)

    async def leave_after_first_piece() -> None:
        async for _ in pieces_of(chat(server), request()):
            break
        begun = time.monotonic()
        assert await asyncio.to_thread(server.outcomes) == ["left"]
        assert time.monotonic() - begun < 30  # it would say its words for 40 s

    asyncio.run(leave_after_first_piece())


def test_connection_is_used_again(server: GeminiServer) -> None:
    async def ask_twice() -> None:
        for _ in range(2):
            async for _ in chat(server).stream(request()):
                pass

    asyncio.run(ask_twice())
    assert server.connection_count == 1


def test_account_without_credit_is_told_apart_from_one_that_asks_too_fast() -> None:
    told = {"message": "Your prepayment credits are depleted. Add credit.", "details": []}
    assert type(fault_told(429, told)) is KeyRejected
    assert fault_told(429, told).sentence == NO_CREDIT
    assert type(fault_told(429, {"message": "Resource has been exhausted"})) is RateLimited
