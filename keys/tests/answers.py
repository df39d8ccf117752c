"""What the tests of the adapters ask, and how they listen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from askorac.testing.wires import Fault
from keys.providers.accounts import Account, ProviderKey
from keys.providers.base import ChatModel, ChatRequest, Evidence, Piece, PromptMessage
from keys.providers.openai import OpenAIChat
from keys.providers.patience import Patience

# Long and odd enough to be found wherever it turns up.
CANARY: Final = "sk-canary-7f3b19c2d8e64a05"
SAID_BEFORE: Final = "The passages answer "  # by a server that breaks off after three tokens
# So long that no machine is too busy, but for who is turned away: that one asks again at once.
PATIENT: Final = Patience(
    connect=60.0,
    first_token=60.0,
    silence=60.0,
    token_counts=0.3,
    end_of_body=30.0,
    embedding=60.0,
    back_off=0.01,
)
_IMPATIENT: Final = {
    Fault.MUTE: replace(PATIENT, first_token=0.3, embedding=0.3),
    Fault.HANG: replace(PATIENT, first_token=1.0, silence=0.5),
}


def patience_with(fault: Fault) -> Patience:
    """One that soon gives up a server that says nothing, where that is the fault."""
    return _IMPATIENT.get(fault, PATIENT)


def account(base_url: str) -> Account:
    return Account(ProviderKey(CANARY), base_url)


def chat(base_url: str, name: str = "gpt-5.6-luna", patience: Patience = PATIENT) -> OpenAIChat:
    return OpenAIChat(account=account(base_url), name=name, patience=patience)


def request(question: str = "When may I return it?", *passages: str) -> ChatRequest:
    return ChatRequest(
        instructions="Answer from the passages.",
        messages=(
            PromptMessage("user", "Hello"),
            PromptMessage("assistant", "Hello, ask away."),
            PromptMessage("user", question),
        ),
        question=question,
        evidence=tuple(
            Evidence(number, f"Document {number}", text) for number, text in enumerate(passages, 1)
        ),
        max_output_tokens=300,
    )


async def pieces_of(model: ChatModel, asked: ChatRequest) -> AsyncIterator[Piece]:
    async with aclosing(model.stream(asked)) as pieces:
        async for piece in pieces:
            yield piece


def listen(model: ChatModel, asked: ChatRequest | None = None) -> list[Piece]:
    """Everything that a model says, in a loop of its own, as a worker would ask it."""

    async def collect() -> list[Piece]:
        return [piece async for piece in pieces_of(model, asked or request())]

    return asyncio.run(collect())


def listen_until_fault(model: ChatModel) -> tuple[list[Piece], BaseException | None]:
    """What a model says before it fails, and how it fails."""
    said: list[Piece] = []

    async def collect() -> None:
        async for piece in pieces_of(model, request()):
            said.append(piece)  # noqa: PERF401 - what was said before a fault is kept

    try:
        asyncio.run(collect())
    except Exception as error:  # noqa: BLE001 - handed to the test, which asserts its type
        return said, error
    return said, None
