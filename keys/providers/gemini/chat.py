"""Answers from a Gemini model."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial
from typing import Any, Final

import aiohttp
import httpx2

from keys.providers import connections
from keys.providers.accounts import Account
from keys.providers.addresses import is_vendors
from keys.providers.base import ChatRequest, Piece
from keys.providers.breaker import Breaker
from keys.providers.gemini.client import client_of, path_of, send
from keys.providers.gemini.dialects import dialect_of
from keys.providers.gemini.faults import PROVIDER_ERRORS, fault_of
from keys.providers.gemini.frames import AnswerReader
from keys.providers.gemini.prompts import contents_of, tools_of
from keys.providers.patience import Patience
from keys.providers.streaming import Exchange, stream_answer
from keys.providers.transport import raw_of


class GeminiChat:
    """A chat model of an account. Usable in any event loop. ``name`` may begin with ``models/``."""

    provider: Final = "gemini"
    is_language_model: Final = True

    def __init__(self, *, account: Account, name: str, patience: Patience | None = None) -> None:
        self.name = name
        self._account = account
        self._patience = patience or Patience()
        self._dialect = dialect_of(name)

    def __repr__(self) -> str:
        return f"GeminiChat({self.name!r})"

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
        path = f"{path_of(self.name)}:streamGenerateContent?alt=sse"
        # How long the body may be silent is watched where it is read.
        timeout = httpx2.Timeout(None, connect=self._patience.connect)
        return raw_of(await send(client, path, self._body(request), timeout))

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        config: dict[str, Any] = {
            "maxOutputTokens": request.max_output_tokens + self._dialect.room,
            "candidateCount": 1,
        }
        if self._dialect.thinking:
            config["thinkingConfig"] = self._dialect.thinking
        body: dict[str, Any] = {
            "systemInstruction": {"parts": [{"text": request.instructions}]},
            "contents": contents_of(request),
            "generationConfig": config,
        }
        if request.tools:
            body["tools"] = tools_of(request)
        return body
