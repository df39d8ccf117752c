"""What a provider's list of models says of each: whether it answers or embeds, or neither."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from keys.providers.catalog import EMBEDDING_MODELS

Kind: TypeAlias = Literal["chat", "embedding"]


@dataclass(frozen=True, slots=True)
class ModelOffer:
    """A model that a key may use. ``dimensions`` is None where nobody tells it."""

    name: str
    label: str
    kind: Kind
    dimensions: int | None = None


# Names tell it where the list does not.
_EMBEDS: Final = re.compile(r"embed|(^|[/-])(bge|e5|gte|minilm)[-:]", re.IGNORECASE)
_NEITHER: Final = re.compile(
    r"whisper|\btts\b|transcribe|realtime|audio|image|dall-e|sora|veo|imagen|lyria|rerank|"
    r"moderation|-live|robotics|computer-use|deep-research|(^|-)instruct$|davinci|babbage|\baqa\b",
    re.IGNORECASE,
)
# Those that OpenAI has for its chat completions; the ones named "pro" answer elsewhere only.
_OPENAI_CHAT: Final = re.compile(r"^(ft:)?(gpt-|chatgpt-|o\d)")
_OPENAI_NOT_CHAT: Final = re.compile(r"-pro\b|codex|-search|-instruct")


def offer_of(provider: str, row: dict[str, Any], *, is_vendor: bool) -> ModelOffer | None:
    """What a row of the list offers; None for a model that neither answers nor embeds."""
    name = str(row.get("id") or row.get("name") or "").removeprefix("models/")
    kind = _kind_of(provider, name, row, is_vendor=is_vendor) if name else None
    if kind is None:
        return None
    label = str(row.get("display_name") or row.get("displayName") or name)
    facts = EMBEDDING_MODELS.get(name) if kind == "embedding" else None
    return ModelOffer(name, label, kind, facts.dimensions if facts else None)


def _kind_of(provider: str, name: str, row: dict[str, Any], *, is_vendor: bool) -> Kind | None:
    if _NEITHER.search(name):
        return None
    methods = row.get("supportedGenerationMethods")
    if isinstance(methods, list):
        return _by_methods(methods)
    if provider == "anthropic":
        return "chat"
    if _EMBEDS.search(name):
        return "embedding"
    if provider == "openai" and is_vendor:
        answers = _OPENAI_CHAT.match(name) and not _OPENAI_NOT_CHAT.search(name)
        return "chat" if answers else None
    return "chat"


def _by_methods(methods: list[Any]) -> Kind | None:
    if "embedContent" in methods or "batchEmbedContents" in methods:
        return "embedding"
    return "chat" if "generateContent" in methods else None
