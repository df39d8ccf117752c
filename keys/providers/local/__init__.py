"""The models that need no provider: they embed, and they quote."""

from keys.providers.local.embedding import LocalEmbedding
from keys.providers.local.quotes import LocalQuotes

__all__ = ["LocalEmbedding", "LocalQuotes"]
