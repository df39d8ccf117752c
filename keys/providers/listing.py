"""Which models a key may use, asked without a token being paid for: so keys are checked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx2
import orjson

from keys.providers.accounts import Account
from keys.providers.base import KeyRejected, ProviderFault, RateLimited, RequestRefused
from keys.providers.faults import HTTP_ERRORS, MALFORMED, bare, fault_of_http, fault_of_status
from keys.providers.offers import ModelOffer, offer_of
from keys.providers.shapes import shape_problem
from keys.providers.transport import Transport

SECONDS: Final = 10.0
MOST_MODELS: Final = 1_000
MOST_PAGES: Final = 10
ADDRESSES: Final = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "gemini": "https://generativelanguage.googleapis.com",
}
NOT_COMPATIBLE: Final = (
    "There is a server at this address, but none that speaks OpenAI's interface. "
    "Most addresses end with /v1."
)
_PATHS: Final = {
    "openai": ("", "/models"),
    "anthropic": ("/v1", "/models"),
    "gemini": ("/v1beta", "/models"),
}
_FIRST: Final = {
    "openai": {},
    "anthropic": {"limit": "1000"},
    "gemini": {"pageSize": "1000"},
}


class WrongKind(KeyRejected):
    """By its looks it is no key for this provider; the provider was not asked."""

    code = "key_wrong_kind"


async def list_models(provider: str, account: Account) -> tuple[ModelOffer, ...]:
    """What the account may answer and embed with, sorted by name; nothing where a server has no
    list. Raises a ProviderFault: KeyRejected for a key that is refused."""
    try:
        async with _http(account) as http:
            return await _offers(http, provider, account)
    except ProviderFault as error:
        fault = bare(error)
    except HTTP_ERRORS as error:
        fault = bare(fault_of_http(error))
    # Raised out here, it drags along no request with its key.
    raise fault


async def check_key(provider: str, account: Account) -> tuple[ModelOffer, ...]:
    """What `list_models` gives, once the provider has taken the key. Raises a ProviderFault.

    WrongKind before anything is sent. A server without a list, and a key that may not see it,
    is sent a question that is none: a key that is taken is told so, and nothing is answered.
    """
    is_vendor = is_vendors(provider, account)
    if problem := shape_problem(provider, account.key.reveal(), is_vendor=is_vendor):
        raise WrongKind(problem)
    try:
        if offers := await list_models(provider, account):
            return offers
    except KeyRejected:
        # A key of OpenAI may be restricted to asking.
        if provider != "openai":
            raise
    if provider == "openai":
        await _ask_nothing(account)
    return ()


def is_vendors(provider: str, account: Account) -> bool:
    """Whether an account is at its provider's own address, in any of its regions."""
    host = urlsplit(account.base_url).hostname or ""
    own = urlsplit(ADDRESSES[provider]).hostname or ""
    return host == own or host.endswith(f".{own}")


def _http(account: Account) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=Transport(account), timeout=SECONDS, trust_env=False, follow_redirects=False
    )


async def _offers(
    http: httpx2.AsyncClient, provider: str, account: Account
) -> tuple[ModelOffer, ...]:
    is_vendor = is_vendors(provider, account)
    offers: dict[str, ModelOffer] = {}
    async for row in _rows(http, provider, account):
        if offer := offer_of(provider, row, is_vendor=is_vendor):
            offers[offer.name] = offer
    return tuple(sorted(offers.values(), key=lambda offer: offer.name)[:MOST_MODELS])


async def _rows(
    http: httpx2.AsyncClient, provider: str, account: Account
) -> AsyncIterator[dict[str, Any]]:
    version, path = _PATHS[provider]
    address = account.base_url.rstrip("/")
    if version:
        address = address.removesuffix(version) + version
    wanted: dict[str, str] = {**_FIRST[provider]}
    for _ in range(MOST_PAGES):
        query = f"?{urlencode(wanted)}" if wanted else ""
        answer = await http.get(f"{address}{path}{query}", headers=_headers(provider, account))
        rows, following = _page(answer.status_code, answer.content)
        for row in rows:
            yield row
        if not following or not rows:
            return
        wanted |= following


def _headers(provider: str, account: Account) -> dict[str, str]:
    key = account.key.reveal()
    if provider == "anthropic":
        return {"x-api-key": key, "anthropic-version": "2023-06-01"}
    if provider == "gemini":
        return {"x-goog-api-key": key}
    return {"Authorization": f"Bearer {key}"}


def _page(status: int, body: bytes) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The models on a page, and what asks for the next one."""
    if status in {404, 405}:
        return [], {}
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
    except (ValueError, TypeError, AttributeError):
        raise RequestRefused(MALFORMED, is_set_up=True) from None
    if token := told.get("nextPageToken"):
        return rows, {"pageToken": str(token)}
    if told.get("has_more") and told.get("last_id"):
        return rows, {"after_id": str(told["last_id"])}
    return rows, {}


async def _ask_nothing(account: Account) -> None:
    """Raise a ProviderFault unless the server finds fault with the question, not with the key."""
    url = f"{account.base_url.rstrip('/')}/chat/completions"
    try:
        async with _http(account) as http:
            answer = await http.post(url, json={}, headers=_headers("openai", account))
            status, body = answer.status_code, answer.content
    except ProviderFault as error:
        status, body, fault = 0, b"", bare(error)
    except HTTP_ERRORS as error:
        status, body, fault = 0, b"", bare(fault_of_http(error))
    if not status:
        raise fault
    if status in {400, 422} or (status == 404 and b'"error"' in body):
        return
    if status in {404, 405}:
        raise RequestRefused(NOT_COMPATIBLE, is_set_up=True)
    raise fault_of_status(status)
