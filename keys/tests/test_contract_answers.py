"""What every adapter does with an answer, over the real SDK and a server of its wire format."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from askorac.testing.waiting import until
from askorac.testing.wire_server import WireServer
from askorac.testing.wires import ANSWER, Behaviour, Fault
from keys.providers.accounts import Account, ProviderKey
from keys.providers.base import (
    ChatModel,
    Completion,
    KeyRejected,
    Piece,
    PromptMessage,
    ProviderUnavailable,
    ToolCall,
    ToolResult,
)
from keys.providers.faults import EMPTY
from keys.providers.local import LocalQuotes
from keys.providers.patience import Patience
from keys.tests.answers import (
    CANARY,
    PATIENT,
    SAID_BEFORE,
    listen,
    listen_until_fault,
    pieces_of,
    request,
)
from keys.tests.contract import FIND, Provider, sent_by

CALL = ("find_order", '{"number":7}')


def test_answer_is_text_and_one_completion(provider: Provider, wire: WireServer) -> None:
    *text, end = listen(provider.chat(wire.base_url))
    assert "".join(map(str, text)) == ANSWER
    assert end == Completion("stop", 100, len(ANSWER.split()), 40)
    assert [seen.key for seen in wire.requests] == [CANARY]


def test_local_answer_is_text_and_one_completion() -> None:
    asked = request("How long may a parcel be returned?", "A parcel may be returned for 30 days.")
    *text, end = listen(LocalQuotes(), asked)
    assert "".join(map(str, text)) == "> A parcel may be returned for 30 days. [1]"
    assert end == Completion("stop", 0, 0)


def test_text_comes_as_it_is_said(provider: Provider, wire: WireServer) -> None:
    wire.behaviour = Behaviour(stops_at=3)
    assert asyncio.run(heard_in_parts(provider.chat(wire.base_url), wire)) == (SAID_BEFORE, ANSWER)


def test_text_that_came_together_is_one_piece(provider: Provider, wire: WireServer) -> None:
    wire.behaviour = Behaviour(text="word " * 400)
    *text, _ = listen(provider.chat(wire.base_url))
    assert "".join(map(str, text)) == "word " * 400
    assert len(text) < 200


def test_server_that_counts_no_tokens_is_tolerated(provider: Provider, wire: WireServer) -> None:
    wire.behaviour = Behaviour(counts_tokens=False)
    assert listen(provider.chat(wire.base_url))[-1] == Completion("stop", 0, 0)


def test_answer_without_room_is_told(provider: Provider, wire: WireServer) -> None:
    wire.behaviour = Behaviour(finish_reason=provider.too_long)
    end = listen(provider.chat(wire.base_url))[-1]
    assert isinstance(end, Completion)
    assert end.finish_reason == "length"


@pytest.mark.parametrize("text", ["", "As far as it goes"])
def test_filtered_answer_is_told(provider: Provider, wire: WireServer, text: str) -> None:
    wire.behaviour = Behaviour(text=text, finish_reason=provider.filtered)
    *said, end = listen(provider.chat(wire.base_url))
    assert "".join(map(str, said)) == text
    assert isinstance(end, Completion)
    assert end.finish_reason == "filtered"


def test_empty_answer_is_asked_for_again_and_then_a_fault(
    provider: Provider, wire: WireServer
) -> None:
    wire.behaviour = Behaviour(text="")
    said, error = listen_until_fault(provider.chat(wire.base_url))
    assert (said, type(error), str(error)) == ([], ProviderUnavailable, EMPTY)
    assert len(wire.requests) == 3


def test_tool_call_comes_whole_after_the_text(provider: Provider, wire: WireServer) -> None:
    wire.behaviour = Behaviour(text="Let me look.", calls=(CALL, ("find_order", "{}")))
    asked = replace(request(), tools=(FIND,))
    *text, first, second, end = listen(provider.chat(wire.base_url), asked)
    assert "".join(map(str, text)) == "Let me look."
    assert first == ToolCall("call_0", *CALL)
    assert second == ToolCall("call_1", "find_order", "{}")
    assert isinstance(end, Completion)
    assert end.finish_reason == "tool"
    assert FIND.description in repr(sent_by(wire))


def test_answer_of_calls_alone_is_none_too_few(provider: Provider, wire: WireServer) -> None:
    wire.behaviour = Behaviour(text="", calls=(CALL,))
    call, _ = listen(provider.chat(wire.base_url), replace(request(), tools=(FIND,)))
    assert call == ToolCall("call_0", *CALL)


def test_results_of_tools_go_back_to_the_model(provider: Provider, wire: WireServer) -> None:
    asked = request()
    told = (
        PromptMessage("assistant", "", calls=(ToolCall("call_0", *CALL),)),
        PromptMessage("user", "", results=(ToolResult("call_0", "find_order", "On its way"),)),
    )
    listen(provider.chat(wire.base_url), replace(asked, messages=(*asked.messages, *told)))
    (body,) = sent_by(wire)
    assert "On its way" in repr(body)
    assert "call_0" in repr(body)


def test_closing_the_stream_stops_the_provider_at_once(
    provider: Provider, wire: WireServer
) -> None:
    wire.behaviour = Behaviour(token_seconds=0.02, text="word " * 5000)

    async def leave_after_first_piece() -> None:
        pieces = provider.chat(wire.base_url).stream(request())
        assert str(await anext(pieces)).startswith("word ")
        await pieces.aclose()
        assert await asyncio.to_thread(wire.outcomes) == ["left"]

    asyncio.run(leave_after_first_piece())


@pytest.mark.parametrize("fault", [Fault.MUTE, Fault.HANG])
def test_cancelling_the_task_stops_the_provider_at_once(
    provider: Provider, wire: WireServer, fault: Fault
) -> None:
    wire.behaviour = Behaviour(fault=fault)
    model = provider.chat(wire.base_url, Patience())

    async def be_cancelled() -> None:
        task = asyncio.create_task(_read(model.stream(request())))
        await until(lambda: wire.requests)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(wire.outcomes) == ["left"]

    asyncio.run(be_cancelled())


def test_connection_is_used_again(provider: Provider, wire: WireServer) -> None:
    model = provider.chat(wire.base_url)

    async def ask_twice() -> None:
        for _ in range(2):
            await _read(model.stream(request()))

    asyncio.run(ask_twice())
    assert wire.connection_count == 1


def test_listener_may_take_longer_than_silence_is_borne(
    provider: Provider, wire: WireServer
) -> None:
    wire.behaviour = Behaviour(token_seconds=0.01)
    model = provider.chat(wire.base_url, replace(PATIENT, silence=0.5))

    async def listen_slowly() -> str:
        said = []
        async for piece in model.stream(request()):
            said.append(str(piece))
            if len(said) == 1:
                await asyncio.sleep(0.6)
        return "".join(said[:-1])

    assert asyncio.run(listen_slowly()) == ANSWER


def test_closed_account_ends_its_streams(provider: Provider, wire: WireServer) -> None:
    wire.behaviour = Behaviour(token_seconds=0.02, text="word " * 500)
    model = provider.chat(wire.base_url)

    async def close_in_between() -> None:
        pieces = model.stream(request())
        await anext(pieces)
        await model.aclose()
        await _read(pieces)

    with pytest.raises(ProviderUnavailable):
        asyncio.run(close_in_between())


def test_environment_adds_nothing_to_a_customer_s_request(
    provider: Provider, wire: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in provider.environment:
        monkeypatch.setenv(name, "X-Ours: of-the-server")
    listen(provider.chat(wire.base_url))
    (seen,) = wire.requests
    assert seen.key == CANARY
    assert "of-the-server" not in repr(seen)


@pytest.mark.parametrize("address", ["not an address", "ftp://127.0.0.1/v1", "http://[::1"])
def test_address_that_is_none_is_a_fault(provider: Provider, address: str) -> None:
    _, error = listen_until_fault(provider.chat(address))
    assert getattr(error, "code", error) in ("request_refused", "provider_unavailable")


def test_key_that_fits_no_header_is_rejected_unsent(provider: Provider, wire: WireServer) -> None:
    whose = Account(ProviderKey(f"{CANARY}\n"), wire.base_url)
    model = provider.chat("", whose=whose)
    _, error = listen_until_fault(model)
    assert (type(error), wire.requests) == (KeyRejected, [])


async def heard_in_parts(model: ChatModel, server: WireServer) -> tuple[str, str]:
    """What is heard while the server waits in the middle of its answer, and in the end."""
    heard, before = "", ""
    async for piece in pieces_of(model, request()):
        heard += piece if isinstance(piece, str) else ""
        if heard == SAID_BEFORE:
            before = heard
            server.behaviour.go_on.set()
    return before, heard


async def _read(pieces: AsyncGenerator[Piece, None]) -> None:
    async for _ in pieces:
        pass
