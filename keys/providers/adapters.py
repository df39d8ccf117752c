"""The adapter of a provider, by its name.

An SDK takes half a second and 50 MB to import: only who has an account at its provider pays that.
"""

from __future__ import annotations

from typing import Final

from keys.providers.accounts import Account
from keys.providers.base import ChatModel, EmbeddingModel, EmbeddingSpace, RequestRefused

PROVIDERS: Final = ("openai", "anthropic", "gemini")
NO_EMBEDDINGS: Final = "This provider has no embeddings. Choose another embedding model."
UNKNOWN_PROVIDER: Final = "These documents were embedded by a provider that is not known here."


def chat_adapter(provider: str, *, account: Account, name: str) -> ChatModel:
    """The model of that name under an account. RequestRefused for a provider that is not known."""
    if provider == "openai":
        from keys.providers.openai import OpenAIChat

        return OpenAIChat(account=account, name=name)
    if provider == "anthropic":
        from keys.providers.anthropic import AnthropicChat

        return AnthropicChat(account=account, name=name)
    if provider == "gemini":
        from keys.providers.gemini import GeminiChat

        return GeminiChat(account=account, name=name)
    raise RequestRefused(UNKNOWN_PROVIDER, is_set_up=True)


def embedding_adapter(*, account: Account, space: EmbeddingSpace) -> EmbeddingModel:
    """The model whose vectors lie in a space. RequestRefused if its provider has none."""
    if space.provider == "openai":
        from keys.providers.openai import OpenAIEmbedding

        return OpenAIEmbedding(account=account, space=space)
    if space.provider == "gemini":
        from keys.providers.gemini import GeminiEmbedding

        return GeminiEmbedding(account=account, space=space)
    sentence = NO_EMBEDDINGS if space.provider in PROVIDERS else UNKNOWN_PROVIDER
    raise RequestRefused(sentence, is_set_up=True)
