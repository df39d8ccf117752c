"""OpenAI's SDK, set up so that it adds nothing of its own to a customer's request."""

from __future__ import annotations

import httpx2
from openai import AsyncOpenAI

from keys.providers import connections
from keys.providers.accounts import Account


async def client_of(account: Account) -> AsyncOpenAI:
    """The SDK's client of an account in the running loop; KeyRejected."""
    return await connections.client_of(account, _connect)


def _connect(account: Account, http: httpx2.AsyncClient) -> AsyncOpenAI:
    client = AsyncOpenAI(
        # It is made with none only if it is told so with each request: `Transport` drops it.
        api_key=account.reveal() or "none",
        base_url=account.base_url,
        max_retries=0,
        timeout=None,
        http_client=http,
    )
    # The SDK takes these from the environment; they would go out with every customer's key.
    client.organization = client.project = client.admin_api_key = None
    client._custom_headers = {}
    return client
