"""Where providers are, and how an address is recognised as one of theirs."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

ADDRESSES: Final = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "gemini": "https://generativelanguage.googleapis.com",
}
# Microsoft's, which speak OpenAI's format under a path of their own.
_AZURE: Final = (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")
_AZURE_PATH: Final = "/openai/v1"


def is_vendors(provider: str, base_url: str) -> bool:
    """Whether an address is its provider's own, in any of its regions."""
    host, own = _host(base_url), _host(ADDRESSES[provider])
    return host == own or host.endswith(f".{own}")


def is_azure(base_url: str) -> bool:
    """Whether Azure answers there. Its models are called by the names of their deployments."""
    return _host(base_url).endswith(_AZURE)


def azure_problem(base_url: str) -> str:
    """What to write in the place of an address of Azure that names no version of the interface,
    as a sentence; empty if nothing is wrong with it."""
    if not is_azure(base_url):
        return ""
    parts = urlsplit(base_url)
    if parts.path.rstrip("/") == _AZURE_PATH and not parts.query:
        return ""
    return (
        f"For Azure OpenAI write https://{_host(base_url)}{_AZURE_PATH}, without a version and "
        "without a deployment: the deployment's name is the model."
    )


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""  # it is refused where it is connected to
