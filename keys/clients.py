"""The door of this floor: which model answers, and which one embeds.

With an OpenAI key in the settings OpenAI does both; without one the local models do, which need
neither account nor network. The models are shared by the process and usable in any event loop:
who gets one here does not close it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from django.conf import settings

from keys.providers.accounts import Account, ProviderKey
from keys.providers.base import (
    UNKNOWN,
    AnsweredBy,
    ChatModel,
    ChatRequest,
    Completion,
    EmbeddingModel,
    EmbeddingSpace,
    Evidence,
    KeyRejected,
    Piece,
    PromptMessage,
    ProviderFault,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
    Tool,
    ToolCall,
    ToolResult,
    Vectors,
)
from keys.providers.catalog import (
    DEFAULT_CHAT_MODEL,
    DEFAULT_EMBEDDING_MODEL,
    EMBEDDING_MODELS,
    LOCAL_SPACE,
    OPENAI_ADDRESS,
    embedding_facts,
)
from keys.providers.local import LocalEmbedding, LocalQuotes

if TYPE_CHECKING:
    from projects.models import Project

__all__ = [
    "UNKNOWN",
    "AnsweredBy",
    "ChatModel",
    "ChatRequest",
    "Completion",
    "EmbeddingModel",
    "EmbeddingSpace",
    "Evidence",
    "KeyRejected",
    "ModelFacts",
    "Piece",
    "PromptMessage",
    "ProviderFault",
    "ProviderUnavailable",
    "RateLimited",
    "RequestRefused",
    "Tool",
    "ToolCall",
    "ToolResult",
    "Vectors",
    "chat_model",
    "check_models",
    "close_clients",
    "default_space",
    "embedding_model",
    "models_of",
    "warm_up",
]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """``floor`` is the score (0 to 1) under which a passage is not about a question."""

    chat: str
    is_language_model: bool
    embedding: str
    floor: float


NO_KEY: Final = "No OpenAI key is configured. Set OPENAI_API_KEY, or embed the documents again."
UNKNOWN_PROVIDER: Final = "These documents were embedded by a provider that is not known here."


def chat_model(project: Project) -> ChatModel:
    """The model that answers the questions of a project."""
    if not settings.OPENAI_API_KEY:
        return LocalQuotes()
    return _openai_chat(_account(), settings.CHAT_MODEL or DEFAULT_CHAT_MODEL)


def default_space() -> EmbeddingSpace:
    """The space that new documents are embedded in.

    ``EMBEDDING_MODEL`` names a model of the catalog, or any as ``name/dimensions``; ValueError
    if it is neither.
    """
    if not settings.OPENAI_API_KEY:
        return LOCAL_SPACE
    name = settings.EMBEDDING_MODEL or DEFAULT_EMBEDDING_MODEL
    if facts := EMBEDDING_MODELS.get(name):
        return EmbeddingSpace("openai", name, facts.dimensions)
    return EmbeddingSpace.parse(f"openai/{name}")


def embedding_model(space: EmbeddingSpace) -> EmbeddingModel:
    """The model whose vectors lie in a space; KeyRejected if it needs a key that is not there."""
    if space == LOCAL_SPACE:
        return LocalEmbedding()
    if space.provider != "openai":
        raise RequestRefused(UNKNOWN_PROVIDER, is_set_up=True)
    if not settings.OPENAI_API_KEY:
        raise KeyRejected(NO_KEY)
    return _openai_embedding(_account(), space)


def models_of(project: Project) -> ModelFacts:
    """What can be told of a project's models; no provider is asked."""
    chat = chat_model(project)
    stored = project.embedding_space
    space = EmbeddingSpace.parse(stored) if stored else default_space()
    facts = embedding_facts(space.model, dimensions=space.dimensions)
    return ModelFacts(chat.name, chat.is_language_model, space.model, facts.relevance_floor)


async def check_models() -> tuple[str, str]:
    """Embed a word, and ask the provider whether the key may use the chat model.

    Returns the names of the models that embed and answer. Raises a ProviderFault, or ValueError
    for an EMBEDDING_MODEL that can't be understood.
    """
    space = default_space()
    await embedding_model(space).embed(["ready"])
    if not settings.OPENAI_API_KEY:
        return space.model, LocalQuotes().name
    from keys.providers.openai import check_model

    name = settings.CHAT_MODEL or DEFAULT_CHAT_MODEL
    await check_model(account=_account(), name=name)
    return space.model, name


async def warm_up() -> None:
    """Load the local models before the first visitor waits for them; no provider is asked."""
    if default_space() == LOCAL_SPACE:
        await LocalEmbedding().embed(["ready"])


async def close_clients() -> None:
    """Close the connections that were opened in the running event loop, and their streams."""
    if "keys.providers.connections" in sys.modules:
        from keys.providers import connections

        await connections.close_all()


def _account() -> Account:
    address = settings.OPENAI_BASE_URL or OPENAI_ADDRESS
    return Account(ProviderKey(settings.OPENAI_API_KEY.strip()), address)


# The SDK takes half a second and 50 MB to import: only who has a key for it pays that.
@cache
def _openai_chat(account: Account, name: str) -> ChatModel:
    from keys.providers.openai import OpenAIChat

    return OpenAIChat(account=account, name=name)


@cache
def _openai_embedding(account: Account, space: EmbeddingSpace) -> EmbeddingModel:
    from keys.providers.openai import OpenAIEmbedding

    return OpenAIEmbedding(account=account, space=space)
