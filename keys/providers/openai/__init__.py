"""The adapter to OpenAI, and to every server that speaks its wire format."""

from keys.providers.openai.chat import OpenAIChat
from keys.providers.openai.embedding import OpenAIEmbedding

__all__ = ["OpenAIChat", "OpenAIEmbedding"]
