"""The door of this floor: which model answers, and which one embeds.

With a provider key of the customer's own, their account does it all, and ours nothing. Else the
installation's keys are used, or without one the local models, which need neither account nor
network. Our own models are shared by the process and usable in any event loop:
who gets one here does not close it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from askorac.sealing import keyrings
from askorac.tenancy.context import in_tenant
from keys.choices import Choice, OwnKey, choice_of, choice_ready
from keys.provider_keys import USED_EVERY, note_use, own_account
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
from keys.providers.closed import Closed
from keys.providers.fallback import Fallback
from keys.providers.listing import ADDRESSES
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
    "Models",
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
    "check_models",
    "close_clients",
    "default_space",
    "models_for",
    "models_of",
    "models_ready",
    "our_chat_model",
    "our_embedding_model",
    "space_for",
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
NO_OUR_KEY: Final = "No key for the provider of the chat model is configured. Set it."
NO_OWN_KEY: Final = (
    "There is no provider key of yours for this model, and ours is not used in its place. "
    "Add one, or choose another model."
)
NO_OWN_EMBEDDING: Final = (
    "The documents were embedded by a provider that there is no key of yours for, and ours is not "
    "used in its place. Add a key, or embed them again."
)
OWN_CHAT_MODELS: Final = {
    "openai": DEFAULT_CHAT_MODEL,
    "anthropic": "claude-haiku-4-5",
    "gemini": "gemini-3.5-flash",
}
OWN_EMBEDDING_MODELS: Final = {
    "openai": DEFAULT_EMBEDDING_MODEL,
    "gemini": "gemini-embedding-001",
}
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_noted: dict[UUID, datetime] = {}
UNKNOWN_PROVIDER: Final = "These documents were embedded by a provider that is not known here."


@dataclass(frozen=True, slots=True)
class Models:
    """What may be asked for one project. With a key of its customer in place, nothing of it goes
    through our account: what theirs does not give is refused."""

    choice: Choice
    chat: ChatModel

    def embedding(self, space: EmbeddingSpace) -> EmbeddingModel:
        """The model whose vectors lie in a space.

        Raises KeyRejected if no account is there for it, KeyRevoked if the key does not open.
        """
        if space == LOCAL_SPACE:
            return LocalEmbedding()
        own = self.choice.key_for(space.provider)
        if own is None and not self.choice.is_held:
            return our_embedding_model(space)
        if own is None:
            raise KeyRejected(NO_OWN_EMBEDDING)
        return _own_embedding(own, space)


def models_for(project: Project) -> Models:
    """What may be asked for a project. It blocks: call it from threads, with or without the
    organization's context. Raises KeyRevoked or KeysAway if the customer's key does not open."""
    return _models(choice_of(project.organization_id, project.pk))


async def models_ready(project: Project) -> Models:
    """As `models_for`, for the event loop, with no context open."""
    choice = await choice_ready(project.organization_id, project.pk)
    if choice.keys:
        await keyrings.ready(project.organization_id)
        await _note_use(project, choice)
    return _models(choice)


def space_for(project: Project) -> EmbeddingSpace:
    """The space in which a project's first document is embedded."""
    choice = choice_of(project.organization_id, project.pk)
    if choice.embedding:
        return EmbeddingSpace.parse(choice.embedding)
    if not choice.is_held:
        return default_space()
    for provider, model in OWN_EMBEDDING_MODELS.items():
        own = choice.key_for(provider)
        if own is not None and not own.base_url:
            return EmbeddingSpace(provider, model, EMBEDDING_MODELS[model].dimensions)
    return LOCAL_SPACE  # so that nothing leaves that the customer has no account for


def chat_name(choice: Choice) -> str:
    """The model that answers, as `provider/model`; no key is opened."""
    if choice.chat:
        return choice.chat
    if choice.keys:
        first = choice.keys[0]
        return f"{first.provider}/{first.model or OWN_CHAT_MODELS[first.provider]}"
    return "none/none" if choice.is_held else _our_chat_name()


def our_chat_model() -> ChatModel:
    """The model that answers under the installation's own account."""
    return _our_chat(_our_chat_name())


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


def our_embedding_model(space: EmbeddingSpace) -> EmbeddingModel:
    """The model of a space under our account; KeyRejected if it needs a key that is not there."""
    if space == LOCAL_SPACE:
        return LocalEmbedding()
    if space.provider != "openai":
        raise RequestRefused(UNKNOWN_PROVIDER, is_set_up=True)
    if not settings.OPENAI_API_KEY:
        raise KeyRejected(NO_KEY)
    return _openai_embedding(_account(), space)


def models_of(project: Project) -> ModelFacts:
    """What can be told of a project's models; no provider is asked."""
    name = chat_name(choice_of(project.organization_id, project.pk))
    provider, _, chat = name.partition("/")
    stored = project.embedding_space
    space = EmbeddingSpace.parse(stored) if stored else space_for(project)
    facts = embedding_facts(space.model, dimensions=space.dimensions)
    return ModelFacts(chat, provider != "local", space.model, facts.relevance_floor)


async def check_models() -> tuple[str, str]:
    """Embed a word, and ask the provider whether the key may use the chat model.

    Returns the names of the models that embed and answer. Raises a ProviderFault, or ValueError
    for an EMBEDDING_MODEL that can't be understood.
    """
    space = default_space()
    await our_embedding_model(space).embed(["ready"])
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


def _models(choice: Choice) -> Models:
    chat = _chat(choice, chat_name(choice))
    if choice.fallback:
        chat = Fallback(chat, _chat(choice, choice.fallback))
    return Models(choice, chat)


def _chat(choice: Choice, name: str) -> ChatModel:
    """A model by `provider/model`, under the customer's account if there is one."""
    provider, _, model = name.partition("/")
    if provider == "local":
        return LocalQuotes()
    own = choice.key_for(provider)
    if own is not None:
        return _own_chat(own, model)
    return Closed(provider, NO_OWN_KEY) if choice.is_held else _our_chat(name)


def _our_chat(name: str) -> ChatModel:
    provider, _, model = name.partition("/")
    if provider == "openai" and settings.OPENAI_API_KEY:
        return _openai_chat(_account(), model)
    if provider == "anthropic" and settings.ANTHROPIC_API_KEY:
        return _anthropic_chat(_anthropic_account(), model)
    return LocalQuotes() if provider == "local" else Closed(provider, NO_OUR_KEY)


def _our_chat_name() -> str:
    """CHAT_MODEL as `provider/model`, or the default of the provider that there is a key for."""
    has_openai, has_anthropic = bool(settings.OPENAI_API_KEY), bool(settings.ANTHROPIC_API_KEY)
    named = settings.CHAT_MODEL
    if named.startswith(("anthropic/", "openai/")):
        return str(named)
    if has_openai:
        return f"openai/{named or DEFAULT_CHAT_MODEL}"
    if has_anthropic:
        return f"anthropic/{named or OWN_CHAT_MODELS['anthropic']}"
    return f"local/{LocalQuotes().name}"


def _own_chat(own: OwnKey, model: str) -> ChatModel:
    if own.provider == "openai":
        from keys.providers.openai import OpenAIChat

        return OpenAIChat(account=own_account(own), name=model)
    if own.provider == "gemini":
        from keys.providers.gemini import GeminiChat

        return GeminiChat(account=own_account(own), name=model)
    from keys.providers.anthropic import AnthropicChat

    return AnthropicChat(account=own_account(own), name=model)


def _own_embedding(own: OwnKey, space: EmbeddingSpace) -> EmbeddingModel:
    if own.provider == "gemini":
        from keys.providers.gemini import GeminiEmbedding

        return GeminiEmbedding(account=own_account(own), space=space)
    if own.provider != "openai":
        raise RequestRefused(NO_OWN_EMBEDDING, is_set_up=True)
    from keys.providers.openai import OpenAIEmbedding

    return OpenAIEmbedding(account=own_account(own), space=space)


async def _note_use(project: Project, choice: Choice) -> None:
    """Write down, once a minute and process, which keys a question uses."""
    spaces = project.embedding_space.partition("/")[0]
    used = {choice.key_for(each) for each in (chat_name(choice).partition("/")[0], spaces)}
    now = timezone.now()
    due = [key.id for key in used if key and now - _noted.get(key.id, LONG_AGO) >= USED_EVERY]
    if due:
        _noted.update(dict.fromkeys(due, now))
        await in_tenant(project.organization_id, note_use, due, now=now)


def _anthropic_account() -> Account:
    address = settings.ANTHROPIC_BASE_URL or ADDRESSES["anthropic"]
    return Account(ProviderKey(settings.ANTHROPIC_API_KEY.strip()), address)


@cache
def _anthropic_chat(account: Account, name: str) -> ChatModel:
    from keys.providers.anthropic import AnthropicChat

    return AnthropicChat(account=account, name=name)


# The SDK takes half a second and 50 MB to import: only who has a key for it pays that.
@cache
def _openai_chat(account: Account, name: str) -> ChatModel:
    from keys.providers.openai import OpenAIChat

    return OpenAIChat(account=account, name=name)


@cache
def _openai_embedding(account: Account, space: EmbeddingSpace) -> EmbeddingModel:
    from keys.providers.openai import OpenAIEmbedding

    return OpenAIEmbedding(account=account, space=space)
