"""What HTTP libraries raise and HTTP says, folded into the four faults; the same for all adapters.

A fault is raised outside the ``except`` that caught its cause: errors of the libraries hold the
request with its key, and providers repeat the key in their own messages.
"""

from __future__ import annotations

import email.utils
import ssl
import time
from typing import Final

import aiohttp
import anyio
import httpx2

from keys.providers.base import (
    KeyRejected,
    ProviderFault,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)

CUT_SHORT: Final = "The provider broke off before the answer was complete. Ask again."
EMPTY: Final = "The provider gave an answer without a word in it. Ask again."
MALFORMED: Final = "The provider sent something that is not an answer. Ask again."
TOO_SLOW: Final = "The provider took too long to answer. Try again in a moment."
NO_CREDIT: Final = "The provider's account has no credit left. Add credit or raise its limit."
TOO_LONG: Final = "The question and its passages are too long for this model."
TAKEN_BACK: Final = "The key was revoked or replaced while this was being answered. Ask again."
NOT_AN_ADDRESS: Final = "The provider's address is not valid. Check it."
NOT_PUBLIC: Final = (
    "The provider's address is not a public one, so nothing is sent there. Give its public address."
)
NOT_SEALED: Final = (
    "The key would travel unsealed to this address. Give one that begins with https://."
)
REDIRECTED: Final = (
    "The provider's address leads on to another one, which the key is not for. "
    "Give the address at which the provider itself answers."
)

# Everything of the HTTP libraries that an attempt may end with and that is the provider's doing,
# not a bug of ours. Some of it gets past the SDKs in the middle of a body.
HTTP_ERRORS: Final = (
    httpx2.HTTPError,
    httpx2.StreamError,
    httpx2.InvalidURL,
    aiohttp.ClientError,
    anyio.EndOfStream,
    ssl.SSLError,
    OSError,
)


def fault_of_http(error: BaseException) -> ProviderFault:
    """The fault that an error of HTTP_ERRORS stands for. It repeats no word of the error."""
    if fault := _fault_behind(error):
        return fault
    if isinstance(error, httpx2.TimeoutException | TimeoutError):
        return ProviderUnavailable(TOO_SLOW)
    if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol | aiohttp.InvalidURL):
        return RequestRefused(NOT_AN_ADDRESS, is_set_up=True)
    return ProviderUnavailable()


def fault_of_status(status: int, retry_after: float | None = None) -> ProviderFault:
    """The fault of an HTTP status, where the provider says nothing more about it."""
    if status == 402:
        return KeyRejected(NO_CREDIT)
    if status in (401, 403):
        return KeyRejected()
    if status == 429:
        return RateLimited(retry_after=retry_after)
    if status in (408, 409) or status >= 500:
        return ProviderUnavailable()
    if 300 <= status < 400:
        return RequestRefused(REDIRECTED, is_set_up=True)
    if status == 413:
        return RequestRefused(TOO_LONG)
    return RequestRefused(is_set_up=True)


def seconds_until_retry(header: str) -> float | None:
    """Read a Retry-After header, which is a number of seconds or a date; None if it is neither."""
    try:
        return max(0.0, float(header))
    except ValueError:
        date = email.utils.parsedate_tz(header)
    if date is None:
        return None
    return max(0.0, email.utils.mktime_tz(date) - time.time())


def _fault_behind(error: BaseException) -> ProviderFault | None:
    """The fault that the connection raised, if the SDK has put an error of its own before it."""
    behind: BaseException | None = error
    while behind is not None and not isinstance(behind, ProviderFault):
        behind = behind.__cause__ or behind.__context__
    return bare(behind) if behind is not None else None


def bare(fault: ProviderFault) -> ProviderFault:
    """The fault without the frames and errors that it came through: they hold the request."""
    fault.__cause__ = fault.__context__ = None
    return fault.with_traceback(None)
