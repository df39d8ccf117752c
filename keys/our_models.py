"""The installation's own accounts, and what answers and embeds for who has none.

CHAT_MODEL and EMBEDDING_MODEL name a provider and its model, such as `gemini/gemini-3.5-flash`.
Without a provider the first that there is an account at is meant; without a name its usual model
is taken, and without an account the local models, which need neither key nor network.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings

from keys.providers.accounts import Account, ProviderKey
from keys.providers.adapters import PROVIDERS, chat_adapter, embedding_adapter
from keys.providers.addresses import ADDRESSES
from keys.providers.base import (
    ChatModel,
    EmbeddingModel,
    EmbeddingSpace,
    KeyRejected,
    RequestRefused,
)
from keys.providers.catalog import (
    DEFAULT_CHAT_MODEL,
    DEFAULT_EMBEDDING_MODEL,
    EMBEDDING_MODELS,
    LOCAL_SPACE,
)
from keys.providers.checking import check_model
from keys.providers.closed import Closed
from keys.providers.local import LocalEmbedding, LocalQuotes

NO_ACCOUNT: Final = "No {name} key is configured. Set {setting}, or embed the documents again."
NO_CHAT_ACCOUNT: Final = "No key for the provider of the chat model is configured. Set {setting}."
NO_PROVIDER: Final = "These documents were embedded by a provider that is not known here."
NAMES: Final = {"openai": "OpenAI", "anthropic": "Anthropic", "gemini": "Gemini"}
CHAT_MODELS: Final = {
    "openai": DEFAULT_CHAT_MODEL,
    "anthropic": "claude-haiku-4-5",
    "gemini": "gemini-3.5-flash",
}
EMBEDDING_MODELS_OF: Final = {
    "openai": DEFAULT_EMBEDDING_MODEL,
    "gemini": "gemini-embedding-001",
}


def has_account(provider: str) -> bool:
    """Whether the installation may ask a provider: it has a key, or a server that wants none."""
    key, address = _configured(provider)
    return bool(key) or (provider == "openai" and bool(address))


def our_address(provider: str) -> str:
    """Where the installation asks a provider."""
    return _configured(provider)[1] or ADDRESSES.get(provider, "")


def our_chat_name() -> str:
    """The model that answers under our account, as `provider/model`."""
    named = settings.CHAT_MODEL.strip()
    if named in {"local", "local/quotes"}:
        return f"local/{LocalQuotes.name}"
    if named.startswith(tuple(f"{provider}/" for provider in PROVIDERS)):
        return str(named)
    for provider in PROVIDERS:
        if has_account(provider):
            return f"{provider}/{named or CHAT_MODELS[provider]}"
    return f"local/{LocalQuotes.name}"


def our_chat_model(name: str = "") -> ChatModel:
    """A model by `provider/model` under our account, or the one that is set."""
    provider, _, model = (name or our_chat_name()).partition("/")
    if provider == "local":
        return LocalQuotes()
    if not has_account(provider):
        return Closed(provider, NO_CHAT_ACCOUNT.format(setting=f"{provider.upper()}_API_KEY"))
    return chat_adapter(provider, account=our_account(provider), name=model)


def default_space() -> EmbeddingSpace:
    """The space that new documents are embedded in.

    ``EMBEDDING_MODEL`` is `provider/model` of a model of the catalog, or of any other
    `provider/model/dimensions`; ValueError if it is neither.
    """
    named = settings.EMBEDDING_MODEL.strip()
    if named in {"local", f"local/{LOCAL_SPACE.model}", str(LOCAL_SPACE)}:
        return LOCAL_SPACE
    provider, _, model = named.partition("/")
    if provider in EMBEDDING_MODELS_OF and model:
        return _space(provider, model)
    for provider, usual in EMBEDDING_MODELS_OF.items():
        if has_account(provider):
            return _space(provider, named or usual)
    return LOCAL_SPACE


def our_embedding_model(space: EmbeddingSpace) -> EmbeddingModel:
    """The model of a space under our account; KeyRejected if it needs a key that is not there."""
    if space == LOCAL_SPACE:
        return LocalEmbedding()
    if space.provider not in PROVIDERS:
        raise RequestRefused(NO_PROVIDER, is_set_up=True)
    if not has_account(space.provider):
        setting = f"{space.provider.upper()}_API_KEY"
        raise KeyRejected(NO_ACCOUNT.format(name=NAMES[space.provider], setting=setting))
    return embedding_adapter(account=our_account(space.provider), space=space)


async def check_models() -> tuple[str, str]:
    """Embed a word, and ask the provider whether the key may use the chat model.

    Returns the names of the models that embed and answer. Raises a ProviderFault, or ValueError
    for an EMBEDDING_MODEL that can't be understood.
    """
    space = default_space()
    await our_embedding_model(space).embed(["ready"])
    provider, _, model = our_chat_name().partition("/")
    if provider == "local":
        return space.model, model
    if not has_account(provider):
        raise KeyRejected(NO_CHAT_ACCOUNT.format(setting=f"{provider.upper()}_API_KEY"))
    await check_model(provider, our_account(provider), model)
    return space.model, model


async def warm_up() -> None:
    """Load the local models before the first visitor waits for them; no provider is asked."""
    if default_space() == LOCAL_SPACE:
        await LocalEmbedding().embed(["ready"])


def our_account(provider: str) -> Account:
    """The installation's account at a provider that it has one at."""
    key, address = _configured(provider)
    return Account(ProviderKey(key), address or ADDRESSES[provider], is_keyless=not key)


def _space(provider: str, model: str) -> EmbeddingSpace:
    if facts := EMBEDDING_MODELS.get(model):
        return EmbeddingSpace(provider, model, facts.dimensions)
    return EmbeddingSpace.parse(f"{provider}/{model}")


def _configured(provider: str) -> tuple[str, str]:
    """Key and address of the settings, each of which may be empty."""
    found = {
        "openai": (settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL),
        "anthropic": (settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL),
        "gemini": (settings.GEMINI_API_KEY, settings.GEMINI_BASE_URL),
    }
    key, address = found.get(provider, ("", ""))
    return key.strip(), address.strip()
