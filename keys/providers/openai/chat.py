"""Answers from a model that speaks OpenAI's chat completions."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial
from typing import Any, Final

import aiohttp
import httpx2

from keys.providers import connections
from keys.providers.accounts import Account
from keys.providers.addresses import is_azure, is_vendors
from keys.providers.base import ChatRequest, Piece
from keys.providers.breaker import Breaker
from keys.providers.catalog import chat_dialect
from keys.providers.openai.client import client_of
from keys.providers.openai.faults import PROVIDER_ERRORS, fault_of
from keys.providers.openai.frames import AnswerReader
from keys.providers.openai.prompts import messages_of, tools_of
from keys.providers.patience import Patience
from keys.providers.streaming import Exchange, stream_answer
from keys.providers.transport import STREAMED, raw_of


class OpenAIChat:
    """A chat model of an account. Usable in any event loop."""

    provider: Final = "openai"
    is_language_model: Final = True

    def __init__(self, *, account: Account, name: str, patience: Patience | None = None) -> None:
        self.name = name
        self._account = account
        self._patience = patience or Patience()
        self._dialect = chat_dialect(name, is_azure=is_azure(account.base_url))

    def __repr__(self) -> str:
        return f"OpenAIChat({self.name!r})"

    def stream(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        """Yield text as it arrives, tool calls, then one Completion; raises a ProviderFault."""
        return stream_answer(
            Exchange(
                ask=partial(self._ask, request),
                reader=AnswerReader,
                errors=PROVIDER_ERRORS,
                fault_of=fault_of,
                breaker=Breaker(self._account, "chat"),
                patience=self._patience,
                is_at_vendor=is_vendors(self.provider, self._account.base_url),
            )
        )

    async def aclose(self) -> None:
        """Close the connections of the account in this loop."""
        await connections.close(self._account)

    async def _ask(self, request: ChatRequest) -> aiohttp.ClientResponse:
        client = await client_of(self._account)
        # Its typed methods copy and check each message, and took half of the time of asking.
        response = await client.post(
            "/chat/completions",
            cast_to=httpx2.Response,
            body=self._body(request),
            options={
                # How long the body may be silent is watched where it is read.
                "timeout": httpx2.Timeout(None, connect=self._patience.connect),
                "headers": STREAMED,
            },
        )
        return raw_of(response)

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.name,
            "messages": messages_of(request),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if request.tools:
            body["tools"] = tools_of(request)
        if self._dialect.is_openai:
            body |= {"max_completion_tokens": request.max_output_tokens, "store": False}
        else:
            body["max_tokens"] = request.max_output_tokens
        if self._dialect.effort:
            body["reasoning_effort"] = self._dialect.effort
        return body
