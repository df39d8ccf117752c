"""Answers from a model that speaks OpenAI's chat completions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Final

import httpx2
from openai.types.chat import ChatCompletionMessageParam

from keys.providers.accounts import Account
from keys.providers.base import ChatRequest, Piece, ProviderFault, ProviderUnavailable
from keys.providers.catalog import chat_dialect
from keys.providers.openai import connections
from keys.providers.openai.faults import CUT_SHORT, PROVIDER_ERRORS, fault_of
from keys.providers.openai.frames import AnswerReader
from keys.providers.openai.patience import Patience, Retries

_STREAMED: Final = {
    # Unpacking costs time at each token, and a proxy that packs holds tokens back.
    "Accept-Encoding": "identity",
    # So the SDK's streaming methods, too, ask it to leave the body unread.
    "X-Stainless-Raw-Response": "stream",
}


class OpenAIChat:
    """A chat model of an account. Usable in any event loop."""

    provider: Final = "openai"
    is_language_model: Final = True

    def __init__(self, *, account: Account, name: str, patience: Patience | None = None) -> None:
        self.name = name
        self._account = account
        self._patience = patience or Patience()
        self._dialect = chat_dialect(name)

    def __repr__(self) -> str:
        return f"OpenAIChat({self.name!r})"

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        """Yield text as it arrives, then one Completion; raises a ProviderFault.

        Retries what can be retried until the first text is out, and never after it.
        """
        retries = Retries(self._patience)
        while True:
            has_begun = False
            try:
                async with aclosing(self._attempt(request)) as pieces:
                    async for piece in pieces:
                        has_begun = True
                        yield piece
                return
            except ProviderFault as error:
                fault = error.with_traceback(None)
            except PROVIDER_ERRORS as error:
                fault = fault_of(error)
            # Raised out here, it drags along no request with its key, nor what the provider sent.
            if has_begun or not await retries.wait_after(fault):
                raise fault

    async def aclose(self) -> None:
        """Close the connections of the account in this loop."""
        await connections.close(self._account)

    async def _attempt(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        reader = AnswerReader()
        now = asyncio.get_running_loop().time
        deadline = now() + self._patience.first_token
        has_begun = False
        async with AsyncExitStack() as stack:
            async with asyncio.timeout_at(deadline):
                body = await self._open(request, stack)
            while chunk := await self._next(body, reader, deadline):
                seen = reader.frame_count
                if text := reader.feed(chunk):
                    has_begun = True
                    yield text
                if reader.frame_count > seen:
                    silent_until = now() + self._patience.silence
                    deadline = silent_until if has_begun else max(deadline, silent_until)
        if text := reader.end():
            yield text
        yield reader.completion()

    async def _open(self, request: ChatRequest, stack: AsyncExitStack) -> AsyncGenerator[bytes]:
        client = await connections.client_of(self._account, self._patience)
        # Its typed methods copy and check each message, and took half of the time of asking.
        response = await client.post(
            "/chat/completions",
            cast_to=httpx2.Response,
            body=self._body(request),
            options={
                # How long the body may be silent is watched here, from frame to frame.
                "timeout": httpx2.Timeout(None, connect=self._patience.connect),
                "headers": _STREAMED,
            },
        )
        stack.push_async_callback(response.aclose)
        return await stack.enter_async_context(aclosing(response.aiter_bytes()))

    def _body(self, request: ChatRequest) -> dict[str, object]:
        body: dict[str, object] = {
            "model": self.name,
            "messages": _messages(request),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self._dialect.is_openai:
            body |= {"max_completion_tokens": request.max_output_tokens, "store": False}
        else:
            body["max_tokens"] = request.max_output_tokens
        if self._dialect.effort:
            body["reasoning_effort"] = self._dialect.effort
        return body

    async def _next(
        self, body: AsyncGenerator[bytes], reader: AnswerReader, deadline: float
    ) -> bytes:
        """The next bytes, as many as have come together; none at the end of the answer."""
        if not (reader.is_finished or reader.is_done):
            async with asyncio.timeout_at(deadline):
                return await _read(body)
        patience = self._patience
        try:
            async with asyncio.timeout(
                patience.end_of_body if reader.is_done else patience.token_counts
            ):
                # Read to its end, the body leaves a connection that can be used again.
                return await _read(body)
        except (ProviderFault, *PROVIDER_ERRORS):
            return b""


async def _read(body: AsyncGenerator[bytes]) -> bytes:
    try:
        return await anext(body, b"")
    except RuntimeError:
        # Thus aiohttp says that the connection was closed on our side.
        fault = ProviderUnavailable(CUT_SHORT)
    raise fault


def _messages(request: ChatRequest) -> list[ChatCompletionMessageParam]:
    messages: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": request.instructions}
    ]
    for message in request.messages:
        if message.role == "user":
            messages.append({"role": "user", "content": message.text})
        else:
            messages.append({"role": "assistant", "content": message.text})
    return messages
