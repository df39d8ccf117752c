"""The adapter to Anthropic. It has no embeddings."""

from keys.providers.anthropic.chat import AnthropicChat

__all__ = ["AnthropicChat"]
