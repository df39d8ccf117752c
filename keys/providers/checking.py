"""Whether a key is taken and may use a model, asked without a token being paid for."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from keys.providers.accounts import Account
from keys.providers.addresses import is_vendors
from keys.providers.base import KeyRejected, ProviderFault, RequestRefused
from keys.providers.faults import HTTP_ERRORS, bare, fault_of_http
from keys.providers.listing import (
    fault_of_refusal,
    headers_of,
    http_of,
    list_models,
    models_address,
)
from keys.providers.offers import ModelOffer
from keys.providers.shapes import shape_problem

NOT_COMPATIBLE: Final = (
    "There is a server at this address, but none that speaks OpenAI's interface. "
    "Most addresses end with /v1."
)


class WrongKind(KeyRejected):
    """By its looks it is no key for this provider; the provider was not asked."""

    code = "key_wrong_kind"


async def check_key(provider: str, account: Account) -> tuple[ModelOffer, ...]:
    """What `list_models` gives, once the provider has taken the key. Raises a ProviderFault.

    WrongKind before anything is sent. A server without a list, and a key that may not see it,
    is sent a question that is none: a key that is taken is told so, and nothing is answered.
    """
    is_vendor = is_vendors(provider, account.base_url)
    if not account.is_keyless and (
        problem := shape_problem(provider, account.reveal(), is_vendor=is_vendor)
    ):
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


async def check_model(provider: str, account: Account, name: str) -> None:
    """Look a model up under an account. Raises a ProviderFault.

    Many servers of OpenAI's wire format list no models: one that knows nothing of it passes,
    unless it is the vendor itself.
    """
    place = quote(name.removeprefix("models/"), safe="")
    status, body = await _ask(provider, account, "GET", f"/{place}")
    if status == 200:
        return
    if status == 404 and not is_vendors(provider, account.base_url):
        return
    raise fault_of_refusal(status, body)


async def _ask_nothing(account: Account) -> None:
    """Raise a ProviderFault unless the server finds fault with the question, not with the key."""
    status, body = await _ask("openai", account, "POST", "")
    if status in {400, 422} or (status == 404 and b'"error"' in body):
        return
    if status in {404, 405}:
        raise RequestRefused(NOT_COMPATIBLE, is_set_up=True)
    raise fault_of_refusal(status, body)


async def _ask(provider: str, account: Account, method: str, path: str) -> tuple[int, bytes]:
    """Status and body of an answer. Raises a ProviderFault if there is none."""
    asked: dict[str, Any] = {"headers": headers_of(provider, account)}
    url = f"{models_address(provider, account)}{path}"
    if method == "POST":
        url = f"{account.base_url.rstrip('/')}/chat/completions"
        asked["json"] = {}
    try:
        async with http_of(account) as http:
            answer = await http.request(method, url, **asked)
            return answer.status_code, answer.content
    except ProviderFault as error:
        fault = bare(error)
    except HTTP_ERRORS as error:
        fault = bare(fault_of_http(error))
    # Raised out here, it drags along no request with its key.
    raise fault
