"""What is known of models by name, where the provider's interface does not tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from keys.providers.base import EmbeddingSpace

ReasoningEffort: TypeAlias = Literal["none", "minimal", "low"]

DEFAULT_CHAT_MODEL: Final = "gpt-5.6-luna"
DEFAULT_EMBEDDING_MODEL: Final = "text-embedding-3-small"
LOCAL_SPACE: Final = EmbeddingSpace("local", "all-minilm-l6-v2-int8", 384)


@dataclass(frozen=True, slots=True)
class EmbeddingFacts:
    """``relevance_floor`` is a cosine, ``max_tokens`` the longest text that a model takes whole."""

    dimensions: int
    relevance_floor: float
    max_tokens: int


# The local floor is measured, the others lie under published figures: docs/decisions/0003.
EMBEDDING_MODELS: Final = {
    LOCAL_SPACE.model: EmbeddingFacts(LOCAL_SPACE.dimensions, 0.34, 256),
    "text-embedding-3-small": EmbeddingFacts(1536, 0.20, 8191),
    "text-embedding-3-large": EmbeddingFacts(3072, 0.20, 8191),
    "text-embedding-ada-002": EmbeddingFacts(1536, 0.73, 8191),
    # Shortened to half, which costs nothing that was measured, and not enough is published of
    # their scores to refuse any passage by them.
    "gemini-embedding-001": EmbeddingFacts(1536, 0.0, 2048),
    "gemini-embedding-2": EmbeddingFacts(1536, 0.0, 8192),
}


def embedding_facts(model: str, *, dimensions: int) -> EmbeddingFacts:
    """The facts of a model; of one that is not known, those that refuse nothing."""
    return EMBEDDING_MODELS.get(model, EmbeddingFacts(dimensions, 0.0, 8191))


@dataclass(frozen=True, slots=True)
class ChatDialect:
    """How a chat model wants to be asked.

    OpenAI's own models refuse ``max_tokens`` for ``max_completion_tokens`` and know ``store``;
    other servers of the same wire format mostly know only the former. ``effort`` is how much a
    reasoning model may think before its first word; None leaves it to the model.
    """

    is_openai: bool
    effort: ReasoningEffort | None


_THINKS_LITTLE: Final[tuple[tuple[str, ReasoningEffort], ...]] = (
    ("gpt-5.", "none"),
    ("gpt-6", "none"),
    ("gpt-5", "minimal"),
    ("o1", "low"),
    ("o3", "low"),
    ("o4", "low"),
)


def chat_dialect(model: str, *, is_azure: bool = False) -> ChatDialect:
    """The dialect of a model, by the family its name belongs to. Azure's are OpenAI's own, under
    any name: how much they think is left to them."""
    if is_azure:
        return ChatDialect(True, None)
    is_openai = model.startswith(("gpt-", "chatgpt-", "o1", "o3", "o4"))
    if not is_openai or "chat" in model:
        return ChatDialect(is_openai, None)
    efforts = (effort for prefix, effort in _THINKS_LITTLE if model.startswith(prefix))
    return ChatDialect(is_openai, next(efforts, None))
