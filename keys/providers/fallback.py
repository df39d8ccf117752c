"""A second model that answers when the first one can't be had."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from keys.providers.base import (
    AnsweredBy,
    ChatModel,
    ChatRequest,
    Piece,
    ProviderUnavailable,
    RateLimited,
)
from keys.providers.faults import bare


class Fallback:
    """Two models as one, called by the name of the first.

    The second is asked when the first is down, or takes no more requests, before it has said
    anything; AnsweredBy then comes first. What a key or a request is refused for, the second
    does not make good.
    """

    def __init__(self, first: ChatModel, second: ChatModel) -> None:
        self.first = first
        self.second = second

    @property
    def provider(self) -> str:
        return self.first.provider

    @property
    def name(self) -> str:
        return self.first.name

    @property
    def is_language_model(self) -> bool:
        return self.first.is_language_model

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        """Yield the answer of the first model, or of the second; raises its ProviderFault."""
        has_begun = False
        try:
            async with aclosing(self.first.stream(request)) as pieces:
                async for piece in pieces:
                    has_begun = True
                    yield piece
            return
        except (ProviderUnavailable, RateLimited) as error:
            fault = bare(error)
        if has_begun:
            raise fault
        yield AnsweredBy(self.second.provider, self.second.name)
        async with aclosing(self.second.stream(request)) as pieces:
            async for piece in pieces:
                yield piece

    async def aclose(self) -> None:
        """Give back the connections of both."""
        await self.first.aclose()
        await self.second.aclose()
