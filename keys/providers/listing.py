"""Which models a key may use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import urlencode

import httpx2
import orjson

from keys.providers.accounts import Account
from keys.providers.addresses import is_vendors
from keys.providers.base import KeyRejected, ProviderFault, RequestRefused
from keys.providers.faults import (
    HTTP_ERRORS,
    MALFORMED,
    NO_CREDIT,
    bare,
    fault_of_http,
    fault_of_status,
)
from keys.providers.offers import ModelOffer, offer_of
from keys.providers.transport import Transport

SECONDS: Final = 10.0
MOST_MODELS: Final = 1_000
MOST_PAGES: Final = 10
# How a 429 says that waiting is no use: OpenAI's code, and Azure's and Google's words.
_NO_CREDIT: Final = (b"insufficient_quota", b"billing_hard_limit", b"credits are depleted")
_VERSIONS: Final = {"openai": "", "anthropic": "/v1", "gemini": "/v1beta"}
_FIRST: Final = {
    "openai": {},
    "anthropic": {"limit": "1000"},
    "gemini": {"pageSize": "1000"},
}


async def list_models(provider: str, account: Account) -> tuple[ModelOffer, ...]:
    """What the account may answer and embed with, sorted by name; nothing where a server has no
    list. Raises a ProviderFault: KeyRejected for a key that is refused."""
    try:
        async with http_of(account) as http:
            return await _offers(http, provider, account)
    except ProviderFault as error:
        fault = bare(error)
    except HTTP_ERRORS as error:
        fault = bare(fault_of_http(error))
    # Raised out here, it drags along no request with its key.
    raise fault


def http_of(account: Account) -> httpx2.AsyncClient:
    """A client for a question or two; leave it by `async with`."""
    return httpx2.AsyncClient(
        transport=Transport(account), timeout=SECONDS, trust_env=False, follow_redirects=False
    )


async def _offers(
    http: httpx2.AsyncClient, provider: str, account: Account
) -> tuple[ModelOffer, ...]:
    is_vendor = is_vendors(provider, account.base_url)
    offers: dict[str, ModelOffer] = {}
    async for row in _rows(http, provider, account):
        if offer := offer_of(provider, row, is_vendor=is_vendor):
            offers[offer.name] = offer
    return tuple(sorted(offers.values(), key=lambda offer: offer.name)[:MOST_MODELS])


def models_address(provider: str, account: Account) -> str:
    """Where a provider lists its models."""
    version = _VERSIONS[provider]
    address = account.base_url.rstrip("/")
    return f"{address.removesuffix(version) if version else address}{version}/models"


async def _rows(
    http: httpx2.AsyncClient, provider: str, account: Account
) -> AsyncIterator[dict[str, Any]]:
    address = models_address(provider, account)
    wanted: dict[str, str] = {**_FIRST[provider]}
    for _ in range(MOST_PAGES):
        query = f"?{urlencode(wanted)}" if wanted else ""
        answer = await http.get(f"{address}{query}", headers=headers_of(provider, account))
        rows, following = _page(answer.status_code, answer.content)
        for row in rows:
            yield row
        if not following or not rows:
            return
        wanted |= following


def headers_of(provider: str, account: Account) -> dict[str, str]:
    """What a key is shown in; nothing to a server that wants none."""
    key = account.reveal()
    if not key:
        return {}
    if provider == "anthropic":
        return {"x-api-key": key, "anthropic-version": "2023-06-01"}
    if provider == "gemini":
        return {"x-goog-api-key": key}
    return {"Authorization": f"Bearer {key}"}


def fault_of_refusal(status: int, body: bytes) -> ProviderFault:
    """The fault of an answer that is none, by its status and by what the vendors put beside it."""
    if status == 400 and b"API_KEY_INVALID" in body:
        return KeyRejected()
    if status == 429 and any(words in body for words in _NO_CREDIT):
        return KeyRejected(NO_CREDIT)
    return fault_of_status(status)


def _page(status: int, body: bytes) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The models on a page, and what asks for the next one."""
    if status in {404, 405}:
        return [], {}
    if status != 200:
        raise fault_of_refusal(status, body)
    try:
        told = orjson.loads(body)
        listed = told.get("data") or told.get("models") or []
        rows = [row for row in listed if isinstance(row, dict)]
    except (ValueError, TypeError, AttributeError):
        raise RequestRefused(MALFORMED, is_set_up=True) from None
    if token := told.get("nextPageToken"):
        return rows, {"pageToken": str(token)}
    if told.get("has_more") and told.get("last_id"):
        return rows, {"after_id": str(told["last_id"])}
    return rows, {}
