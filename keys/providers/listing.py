"""Which models a key may use, asked without a token being paid for: so keys are checked."""

from __future__ import annotations

from typing import Final

import httpx2
import orjson

from keys.providers.accounts import Account
from keys.providers.base import KeyRejected, ProviderFault, RateLimited, RequestRefused
from keys.providers.faults import HTTP_ERRORS, MALFORMED, fault_of_http, fault_of_status
from keys.providers.transport import Transport

SECONDS: Final = 10.0
MOST_MODELS: Final = 1_000
ADDRESSES: Final = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "gemini": "https://generativelanguage.googleapis.com",
}
_PATHS: Final = {
    "openai": "/models",
    "anthropic": "/v1/models?limit=1000",
    "gemini": "/v1beta/models?pageSize=1000",
}
_BEGINNINGS: Final = {"anthropic": "sk-ant-", "gemini": "AIza", "openai": "sk-"}
_NAMES: Final = {"openai": "OpenAI", "anthropic": "Anthropic", "gemini": "Gemini"}


def shape_problem(provider: str, key: str) -> str:
    """What is wrong with a key by its looks, as a sentence; empty if nothing is.

    It is for keys to the provider's own address: other servers have keys of any kind.
    """
    likely = next((name for name, start in _BEGINNINGS.items() if key.startswith(start)), "")
    if likely and likely != provider:
        return f"This looks like a key for {_NAMES[likely]}. Choose that provider, or another key."
    if not likely and key.startswith("orac_sk_"):
        return "This is an API key of AskOrac. What is wanted is one that the provider made."
    if provider in {"openai", "anthropic"} and likely != provider:
        begins = _BEGINNINGS[provider]
        return f"A key for {_NAMES[provider]} begins with {begins}. Copy it again, whole."
    return ""


async def list_models(provider: str, account: Account) -> tuple[str, ...]:
    """The names of the models that the account may use, sorted; none where a server has no list.

    Raises a ProviderFault: KeyRejected for a key that is refused.
    """
    try:
        async with httpx2.AsyncClient(
            transport=Transport(account), timeout=SECONDS, trust_env=False, follow_redirects=False
        ) as http:
            url = account.base_url.rstrip("/") + _PATHS[provider]
            answer = await http.get(url, headers=_headers(provider, account))
            return _names(answer.status_code, answer.content)
    except ProviderFault as error:
        fault = error.with_traceback(None)
    except HTTP_ERRORS as error:
        fault = fault_of_http(error)
    # Raised out here, it drags along no request with its key.
    fault.__cause__ = fault.__context__ = None
    raise fault


def _headers(provider: str, account: Account) -> dict[str, str]:
    key = account.key.reveal()
    if provider == "anthropic":
        return {"x-api-key": key, "anthropic-version": "2023-06-01"}
    if provider == "gemini":
        return {"x-goog-api-key": key}
    return {"Authorization": f"Bearer {key}"}


def _names(status: int, body: bytes) -> tuple[str, ...]:
    if status in {404, 405}:
        return ()
    if status == 400 and b"API_KEY_INVALID" in body:
        raise KeyRejected
    if status == 429:
        raise RateLimited
    if status != 200:
        raise fault_of_status(status)
    try:
        told = orjson.loads(body)
        listed = told.get("data") or told.get("models") or []
        rows = [row for row in listed if isinstance(row, dict)]
        names = {str(row.get("id") or row.get("name", "")).removeprefix("models/") for row in rows}
        names.discard("")
    except (ValueError, TypeError, AttributeError):
        raise RequestRefused(MALFORMED, is_set_up=True) from None
    return tuple(sorted(names)[:MOST_MODELS])
