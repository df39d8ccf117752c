"""The adapter over the real SDK, against a server that speaks the wire format."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from askorac.testing.openai_server import OpenAIServer, running_openai_server
from askorac.testing.openai_wire import ANSWER, Behaviour, Fault
from askorac.testing.waiting import until
from keys.providers.base import (
    Completion,
    KeyRejected,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from keys.providers.faults import CUT_SHORT, MALFORMED, NO_CREDIT, TOO_LONG, TOO_SLOW
from keys.providers.patience import Patience
from keys.tests.answers import (
    CANARY,
    SAID_BEFORE,
    chat,
    listen,
    listen_until_fault,
    patience_with,
    request,
)
from keys.tests.test_contract_answers import heard_in_parts


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with running_openai_server() as server:
        yield server


def test_stream_yields_text_then_one_completion(server: OpenAIServer) -> None:
    *text, end = listen(chat(server.base_url))
    assert "".join(map(str, text)) == ANSWER
    assert end == Completion("stop", 100, len(ANSWER.split()), 40)


def test_stream_yields_text_as_it_comes(server: OpenAIServer) -> None:
    server.behaviour = Behaviour(stops_at=3)
    assert asyncio.run(heard_in_parts(chat(server.base_url), server)) == (SAID_BEFORE, ANSWER)


def test_stream_yields_together_what_came_together(server: OpenAIServer) -> None:
    server.behaviour = Behaviour(text="word " * 400)
    *text, _ = listen(chat(server.base_url))
    assert "".join(map(str, text)) == "word " * 400
    assert len(text) < 200


def test_request_carries_prompt_key_and_bounds(server: OpenAIServer) -> None:
    listen(chat(server.base_url))
    (seen,) = server.requests
    assert seen.key == CANARY
    assert seen.path == "/v1/chat/completions"
    assert seen.body == {
        "model": "gpt-5.6-luna",
        "messages": [
            {"role": "system", "content": "Answer from the passages."},
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hello, ask away."},
            {"role": "user", "content": "When may I return it?"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens": 300,
        "reasoning_effort": "none",
        "store": False,
    }


def test_request_to_another_maker_s_model_uses_what_all_servers_know(server: OpenAIServer) -> None:
    listen(chat(server.base_url, name="llama-4"))
    (seen,) = server.requests
    assert set(seen.body) == {"model", "messages", "stream", "stream_options", "max_tokens"}


@pytest.mark.parametrize(
    ("sent", "meant"), [("length", "length"), ("content_filter", "filtered"), ("eos", "stop")]
)
def test_finish_reason_is_kept(server: OpenAIServer, sent: str, meant: str) -> None:
    server.behaviour = Behaviour(finish_reason=sent)
    end = listen(chat(server.base_url))[-1]
    assert isinstance(end, Completion)
    assert end.finish_reason == meant


def test_server_that_counts_no_tokens_is_tolerated(server: OpenAIServer) -> None:
    server.behaviour = Behaviour(counts_tokens=False)
    assert listen(chat(server.base_url))[-1] == Completion("stop", 0, 0)


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
    server: OpenAIServer, fault: Fault, raised: type[Exception], sentence: str
) -> None:
    server.behaviour = Behaviour(fault=fault)
    said, error = listen_until_fault(chat(server.base_url))
    assert (said, type(error), str(error)) == ([], raised, sentence)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "raised"), [(Fault.LIMITED, RateLimited), (Fault.BROKEN, ProviderUnavailable)]
)
def test_passing_fault_is_retried_twice_and_then_raised(
    server: OpenAIServer, fault: Fault, raised: type[Exception]
) -> None:
    server.behaviour = Behaviour(fault=fault)
    said, error = listen_until_fault(chat(server.base_url))
    assert (said, type(error)) == ([], raised)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "fault", [Fault.LIMITED, Fault.BROKEN, Fault.RESET, Fault.CLOSED, Fault.MALFORMED, Fault.HANG]
)
def test_fault_before_first_token_is_not_noticed_when_it_passes(
    server: OpenAIServer, fault: Fault
) -> None:
    server.upcoming.append(Behaviour(fault=fault, after_tokens=0))
    *text, _ = listen(chat(server.base_url, patience=patience_with(fault)))
    assert "".join(map(str, text)) == ANSWER
    assert len(server.requests) == 2


def test_retry_waits_as_long_as_the_provider_asks(server: OpenAIServer) -> None:
    server.upcoming.append(Behaviour(fault=Fault.LIMITED, retry_after="0.4"))
    begun = time.monotonic()
    listen(chat(server.base_url))
    assert 0.4 < time.monotonic() - begun < 30


def test_retry_that_would_come_too_late_is_left_to_the_caller(server: OpenAIServer) -> None:
    server.behaviour = Behaviour(fault=Fault.LIMITED, retry_after="120")
    _, error = listen_until_fault(chat(server.base_url))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 120.0
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault.RESET, ProviderUnavailable.default_sentence),
        (Fault.CLOSED, CUT_SHORT),
        (Fault.MALFORMED, MALFORMED),
        (Fault.ERROR_FRAME, CUT_SHORT),
        (Fault.HANG, TOO_SLOW),
    ],
)
def test_fault_after_first_token_is_raised_and_never_retried(
    server: OpenAIServer, fault: Fault, sentence: str
) -> None:
    server.behaviour = Behaviour(fault=fault, after_tokens=3, token_seconds=0.02)
    said, error = listen_until_fault(chat(server.base_url, patience=patience_with(fault)))
    assert "".join(map(str, said)) == SAID_BEFORE
    assert (type(error), str(error)) == (ProviderUnavailable, sentence)
    assert len(server.requests) == 1


def test_silent_server_is_given_up(server: OpenAIServer) -> None:
    server.behaviour = Behaviour(fault=Fault.MUTE)
    begun = time.monotonic()
    _, error = listen_until_fault(
        chat(server.base_url, patience=Patience(first_token=0.3, retries=0))
    )
    assert str(error) == TOO_SLOW
    assert time.monotonic() - begun < 30  # by itself it would say nothing for ever
    assert server.outcomes() == ["left"]


def test_unreachable_provider_is_unavailable() -> None:
    with running_openai_server() as server:
        base_url = server.base_url
    _, error = listen_until_fault(chat(base_url))
    assert type(error) is ProviderUnavailable


@pytest.mark.parametrize("address", ["not an address", "ftp://127.0.0.1/v1", "http://[::1"])
def test_address_that_is_none_is_a_fault(address: str) -> None:
    _, error = listen_until_fault(chat(address))
    assert isinstance(error, RequestRefused | ProviderUnavailable)


def test_closing_the_stream_stops_the_provider_at_once(server: OpenAIServer) -> None:
    server.behaviour = Behaviour(token_seconds=0.02, text="word " * 5000)

    async def leave_after_first_piece() -> None:
        pieces = chat(server.base_url).stream(request())
        assert str(await anext(pieces)).startswith("word ")
        await pieces.aclose()
        assert await asyncio.to_thread(server.outcomes) == ["left"]

    asyncio.run(leave_after_first_piece())


@pytest.mark.parametrize("fault", [Fault.MUTE, Fault.HANG])
def test_cancelling_the_task_stops_the_provider_at_once(server: OpenAIServer, fault: Fault) -> None:
    server.behaviour = Behaviour(fault=fault)
    model = chat(server.base_url, patience=Patience())

    async def be_cancelled() -> None:
        async def read() -> None:
            async for _ in model.stream(request()):
                pass

        task = asyncio.create_task(read())
        await until(lambda: server.requests)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.outcomes) == ["left"]

    asyncio.run(be_cancelled())


def test_two_hundred_streams_run_side_by_side(server: OpenAIServer) -> None:
    server.behaviour = Behaviour(token_seconds=0.05, first_token_seconds=0.5)
    model = chat(server.base_url, patience=Patience())

    async def one() -> str:
        return "".join([str(piece) async for piece in model.stream(request())][:-1])

    async def all_at_once() -> list[str]:
        return await asyncio.gather(*(one() for _ in range(200)))

    assert asyncio.run(all_at_once()) == [ANSWER] * 200
    assert server.outcomes() == ["complete"] * 200


def test_connection_is_used_again(server: OpenAIServer) -> None:
    model = chat(server.base_url)

    async def ask_twice() -> None:
        for _ in range(2):
            async for _ in model.stream(request()):
                pass

    asyncio.run(ask_twice())
    assert server.connection_count == 1
