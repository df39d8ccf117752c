"""What the SDK and its HTTP libraries raise, folded into the four faults."""

from __future__ import annotations

import email.utils
import ssl
import time
from typing import Final

import aiohttp
import anyio
import httpx2
import openai

from keys.providers.base import (
    KeyRejected,
    ProviderFault,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)

CUT_SHORT: Final = "The provider broke off before the answer was complete. Ask again."
MALFORMED: Final = "The provider sent something that is not an answer. Ask again."
TOO_SLOW: Final = "The provider took too long to answer. Try again in a moment."
NO_CREDIT: Final = "The provider's account has no credit left. Add credit or raise its limit."
TOO_LONG: Final = "The question and its passages are too long for this model."
NOT_AN_ADDRESS: Final = "The provider's address is not valid. Check it."

# What a request is refused for that would be taken if it asked something else.
ABOUT_WHAT_WAS_ASKED: Final = frozenset(
    {"content_filter", "content_policy_violation", "invalid_prompt"}
)

# Everything that an attempt may end with and that is the provider's doing, not a bug of ours.
# The raw errors of the HTTP libraries get past the SDK in the middle of a body.
PROVIDER_ERRORS: Final = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    httpx2.InvalidURL,
    aiohttp.ClientError,
    anyio.EndOfStream,
    ssl.SSLError,
    OSError,
)


def fault_of(error: Exception) -> ProviderFault:
    """The fault that an error of PROVIDER_ERRORS stands for. It repeats no word of the error."""
    if isinstance(error, openai.APIStatusError):
        headers = error.response.headers
        retry_after = seconds_until_retry(headers.get("retry-after", ""))
        return fault_of_status(error.status_code, error.code or "", retry_after)
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException | TimeoutError):
        return ProviderUnavailable(TOO_SLOW)
    if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
        return RequestRefused(NOT_AN_ADDRESS, is_set_up=True)
    return ProviderUnavailable()


def fault_of_status(status: int, code: str, retry_after: float | None = None) -> ProviderFault:
    """The fault of an HTTP status and the code that OpenAI puts beside it (may be empty)."""
    if code == "insufficient_quota" or status == 402:
        return KeyRejected(NO_CREDIT)
    if status in (401, 403):
        return KeyRejected()
    if status == 429:
        return RateLimited(retry_after=retry_after)
    if status in (408, 409) or status >= 500:
        return ProviderUnavailable()
    if code == "context_length_exceeded":
        return RequestRefused(TOO_LONG)
    return RequestRefused(is_set_up=code not in ABOUT_WHAT_WAS_ASKED)


def fault_in_stream(code: object) -> ProviderFault:
    """The fault of an error frame in a stream that had begun well, by the code in it.

    OpenAI sends words; some servers of its wire format send the HTTP status they would have sent.
    """
    if isinstance(code, int):
        return fault_of_status(code, "")
    if code == "rate_limit_exceeded":
        return RateLimited()
    if code in ("insufficient_quota", "context_length_exceeded"):
        return fault_of_status(400, code)
    return ProviderUnavailable(CUT_SHORT)


def seconds_until_retry(header: str) -> float | None:
    """Read a Retry-After header, which is a number of seconds or a date; None if it is neither."""
    try:
        return max(0.0, float(header))
    except ValueError:
        date = email.utils.parsedate_tz(header)
    if date is None:
        return None
    return max(0.0, email.utils.mktime_tz(date) - time.time())
