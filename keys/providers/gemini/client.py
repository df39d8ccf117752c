"""Google's SDK, set up so that it adds nothing of its own to a customer's request."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any, Final, NoReturn, cast
from urllib.parse import quote

import httpx2
from google import genai
from google.genai import types

from keys.providers import connections
from keys.providers.accounts import Account

VERSION: Final = "v1beta"

# It logs what it could not parse, which is what somebody has asked or said.
logging.getLogger("google_genai").setLevel(logging.CRITICAL)


async def client_of(account: Account) -> genai.Client:
    """The SDK's client of an account in the running loop; KeyRejected."""
    return await connections.client_of(account, _connect)


async def send(
    client: genai.Client, path: str, body: dict[str, Any], waits: httpx2.Timeout
) -> httpx2.Response:
    """Post ``body`` and give the answer unread; raises what ``faults.PROVIDER_ERRORS`` names.

    The SDK's own methods make an object of each token and of each number of a vector.
    """
    api = client._api_client
    request = api._build_request("post", path, body)
    request.headers["Accept-Encoding"] = "identity"
    request.timeout = cast("float", waits)
    answer = await api._async_request(request, stream=True)
    response = answer.response_stream
    assert isinstance(response, httpx2.Response)
    return response


def path_of(model: str) -> str:
    """A model's place, whether or not its name says that it is one: ``models/gemini-3.8-flash``."""
    folder, _, name = model.rpartition("/")
    return f"{quote(folder or 'models')}/{quote(name, safe='')}"


def _connect(account: Account, http: httpx2.AsyncClient) -> genai.Client:
    return genai.Client(
        # Told outright, or the environment decides.
        vertexai=False,
        api_key=account.reveal(),
        http_options=types.HttpOptions(
            # Some give the version as a part of the address.
            base_url=account.base_url.rstrip("/").removesuffix(f"/{VERSION}"),
            api_version=VERSION,
            httpx_client=_blocking(),
            httpx_async_client=http,
            # Only what it holds for its web sockets, which nobody opens.
            async_client_args={"ssl": _tls()},
        ),
    )


class _Nowhere(httpx2.BaseTransport):
    def handle_request(self, request: httpx2.Request) -> NoReturn:
        raise httpx2.UnsupportedProtocol("Nothing is asked in a way that blocks.")


@lru_cache(maxsize=1)
def _blocking() -> httpx2.Client:
    # The SDK makes one of its own for every client if it is given none.
    return httpx2.Client(transport=_Nowhere(), trust_env=False)


@lru_cache(maxsize=1)
def _tls() -> Any:
    return httpx2.create_ssl_context()
