"""The door of this floor: which model answers, and which one embeds.

With a provider key of the customer's own, their account does it all, and ours nothing. Else the
installation's accounts are used, or without one the local models. Models are usable in any event
loop: who gets one here does not close it.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.utils import timezone

from askorac.sealing import keyrings
from askorac.tenancy.context import current, in_tenant, tenant
from keys.choices import Choice, choice_of, choice_ready
from keys.our_models import (
    CHAT_MODELS,
    EMBEDDING_MODELS_OF,
    check_models,
    default_space,
    our_chat_model,
    our_chat_name,
    our_embedding_model,
    warm_up,
)
from keys.own_accounts import own_account
from keys.provider_keys import USED_EVERY, note_use
from keys.providers.adapters import chat_adapter, embedding_adapter
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
from keys.providers.catalog import EMBEDDING_MODELS, LOCAL_SPACE, embedding_facts
from keys.providers.closed import Closed
from keys.providers.fallback import Fallback
from keys.providers.local import LocalEmbedding, LocalQuotes
from projects.trail import uses

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
    "can_embed",
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


NO_OWN_KEY: Final = (
    "There is no provider key of yours for this model, and ours is not used in its place. "
    "Add one, or choose another model."
)
NO_OWN_EMBEDDING: Final = (
    "The documents were embedded by a provider that there is no key of yours for, and ours is not "
    "used in its place. Add a key, or embed them again."
)
LONG_AGO: Final = float("-inf")
USED_SECONDS: Final = USED_EVERY.total_seconds()
MOST_NOTED: Final = 10_000
_noted: dict[UUID, float] = {}


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
        return embedding_adapter(account=own_account(own), space=space)


def models_for(project: Project) -> Models:
    """What may be asked for a project. It blocks: call it from threads, with or without the
    organization's context. Raises KeyRevoked or KeysAway if the customer's key does not open."""
    choice = choice_of(project.organization_id, project.pk)
    if choice.keys:
        _note_use_here(project, choice)
    return _models(choice)


async def models_ready(project: Project) -> Models:
    """As `models_for`, for the event loop, with no context open."""
    choice = await choice_ready(project.organization_id, project.pk)
    if choice.keys:
        await keyrings.ready(project.organization_id)
        await _note_use(project, choice)
    return _models(choice)


def space_for(project: Project) -> EmbeddingSpace:
    """The space in which a project's first document is embedded."""
    return space_by(choice_of(project.organization_id, project.pk))


def space_by(choice: Choice) -> EmbeddingSpace:
    """The space in which the first document is embedded by this choice."""
    if choice.embedding:
        return EmbeddingSpace.parse(choice.embedding)
    if not choice.is_held:
        return default_space()
    for provider, model in EMBEDDING_MODELS_OF.items():
        own = choice.key_for(provider)
        if own is not None and not own.base_url:
            return EmbeddingSpace(provider, model, EMBEDDING_MODELS[model].dimensions)
    return LOCAL_SPACE  # so that nothing leaves that the customer has no account for


def can_embed(project: Project, name: str) -> bool:
    """Whether a project's questions can be embedded here in the space of this name: by a model
    that is known to have these dimensions, under an account that is there."""
    try:
        space = EmbeddingSpace.parse(name)
        facts = EMBEDDING_MODELS.get(space.model)
        if space != default_space() and (facts is None or facts.dimensions != space.dimensions):
            return False
        models_for(project).embedding(space)
    except (ValueError, ProviderFault):
        return False
    return True


def chat_name(choice: Choice) -> str:
    """The model that answers, as `provider/model`; no key is opened."""
    if choice.chat:
        return choice.chat
    if choice.keys and not choice.is_stopped:
        first = choice.keys[0]
        return f"{first.provider}/{first.model or CHAT_MODELS[first.provider]}"
    return "none/none" if choice.is_held else our_chat_name()


def models_of(project: Project) -> ModelFacts:
    """What can be told of a project's models; no provider is asked."""
    name = chat_name(choice_of(project.organization_id, project.pk))
    provider, _, chat = name.partition("/")
    stored = project.embedding_space
    space = EmbeddingSpace.parse(stored) if stored else space_for(project)
    facts = embedding_facts(space.model, dimensions=space.dimensions)
    return ModelFacts(chat, provider != "local", space.model, facts.relevance_floor)


async def close_clients() -> None:
    """Close the connections that were opened in the running event loop, and their streams."""
    if "keys.providers.connections" in sys.modules:
        from keys.providers import connections

        await connections.close_all()


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
        return chat_adapter(provider, account=own_account(own), name=model)
    return Closed(provider, NO_OWN_KEY) if choice.is_held else our_chat_model(name)


async def _note_use(project: Project, choice: Choice) -> None:
    """Write down which keys a question uses: those of what embeds it and of what answers."""
    providers = {chat_name(choice).partition("/")[0], _embedder_of(project, choice)}
    _count_use(project, choice, providers)
    if due := _due(choice, providers):
        await in_tenant(project.organization_id, note_use, due, now=timezone.now())


def _note_use_here(project: Project, choice: Choice) -> None:
    """As `_note_use`, for threads, in which texts are embedded and nothing is answered.

    A visitor's context is too narrow to write anything down.
    """
    _count_use(project, choice, {_embedder_of(project, choice)})
    context = current()
    if context is not None and context.project_id is not None:
        return
    if not (due := _due(choice, {_embedder_of(project, choice)})):
        return
    if context is not None:
        note_use(due, now=timezone.now())
        return
    with tenant(project.organization_id):
        note_use(due, now=timezone.now())


def _count_use(project: Project, choice: Choice, providers: set[str]) -> None:
    """For the audit trail, where each key stands once, however much it was used for."""
    used = {own.id for name in providers if (own := choice.key_for(name))}
    for key_id in used:
        uses.count(
            organization_id=project.organization_id,
            kind="provider_key",
            key_id=key_id,
            project_id=project.pk,
            now=timezone.now(),
        )


def _embedder_of(project: Project, choice: Choice) -> str:
    """The provider of the space that is in use, or that the first document will be in."""
    space = project.embedding_space or choice.embedding
    return space.partition("/")[0] or space_for(project).provider


def _due(choice: Choice, providers: set[str]) -> list[UUID]:
    """The keys at providers whose use was not written down by this process in the last minute."""
    used = {choice.key_for(provider) for provider in providers}
    now = time.monotonic()
    due = [key.id for key in used if key and now - _noted.get(key.id, LONG_AGO) >= USED_SECONDS]
    if len(_noted) > MOST_NOTED:
        _noted.clear()
    _noted.update(dict.fromkeys(due, now))
    return due
