"""The adapter to Gemini."""

from keys.providers.gemini.chat import GeminiChat
from keys.providers.gemini.embedding import GeminiEmbedding

__all__ = ["GeminiChat", "GeminiEmbedding"]
