"""One message to an address that a stranger named: guarded as fetching is, and nothing followed."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from typing import Final

import aiohttp
from yarl import URL

from .addresses import Network
from .connecting import guarded_connector
from .faults import Unreachable
from .resolving import LookUp, look_up
from .urls import target_of

SECONDS: Final = 10.0


async def post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    allow: Sequence[Network] = (),
    look_up: LookUp = look_up,
    tls: ssl.SSLContext | None = None,
) -> int:
    """Post a body; the status that was answered, which is all that is read of the answer.

    A redirect is not followed. Raises Forbidden or Unreachable.
    """
    target = target_of(url, allow=allow)
    try:
        async with (
            asyncio.timeout(SECONDS),
            aiohttp.ClientSession(
                connector=guarded_connector(allow=allow, look_up=look_up),
                timeout=aiohttp.ClientTimeout(),
                trust_env=False,
                auto_decompress=False,
            ) as session,
            session.post(
                URL(target.url, encoded=True),
                data=body,
                headers=headers,
                allow_redirects=False,
                ssl=tls or ssl.create_default_context(),
            ) as response,
        ):
            return response.status
    except TimeoutError:
        raise Unreachable(
            "too_slow", "The address takes too long to answer.", passes=True
        ) from None
    except (aiohttp.ClientError, ssl.SSLError, EOFError, ValueError):
        raise Unreachable("no_connection", "The address does not answer.", passes=True) from None
