"""Anthropic's SDK, set up so that it adds nothing of its own to a customer's request."""

from __future__ import annotations

import httpx2
from anthropic import AsyncAnthropic

from keys.providers import connections
from keys.providers.accounts import Account


async def client_of(account: Account) -> AsyncAnthropic:
    """The SDK's client of an account in the running loop; KeyRejected."""
    return await connections.client_of(account, _connect)


def _connect(account: Account, http: httpx2.AsyncClient) -> AsyncAnthropic:
    client = AsyncAnthropic(
        api_key=account.reveal(),
        # The SDK's paths begin with the version, which some give as a part of the address.
        base_url=account.base_url.rstrip("/").removesuffix("/v1"),
        max_retries=0,
        timeout=None,
        http_client=http,
        # Else the environment could have it trace what is asked and said.
        open_telemetry=False,
    )
    # The SDK takes these from the environment; they would go out with every customer's key.
    client._custom_headers = {}
    return client
