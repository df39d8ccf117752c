"""What stands where no model may be asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from keys.providers.base import ChatRequest, KeyRejected, Piece


class Closed:
    """A chat model that can't be had: asking it raises KeyRejected with the reason."""

    name: Final = "none"
    is_language_model: Final = True

    def __init__(self, provider: str, sentence: str) -> None:
        self.provider = provider
        self._sentence = sentence

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        """Raises KeyRejected."""
        if request.max_output_tokens >= 0:
            raise KeyRejected(self._sentence)
        yield ""

    async def aclose(self) -> None:
        """There is nothing to give back."""
