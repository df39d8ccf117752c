"""What OpenAI's SDK raises and OpenAI says, folded into the four faults."""

from __future__ import annotations

from typing import Final

import openai

from keys.providers.base import (
    KeyRejected,
    ProviderFault,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from keys.providers.faults import (
    CUT_SHORT,
    HTTP_ERRORS,
    NO_CREDIT,
    TOO_LONG,
    TOO_SLOW,
    fault_of_http,
    seconds_until_retry,
)
from keys.providers.faults import fault_of_status as fault_of_plain_status

# What a request is refused for that would be taken if it asked something else.
ABOUT_WHAT_WAS_ASKED: Final = frozenset(
    {"content_filter", "content_policy_violation", "invalid_prompt"}
)

# Everything that an attempt may end with and that is the provider's doing, not a bug of ours.
PROVIDER_ERRORS: Final = (openai.OpenAIError, *HTTP_ERRORS)


def fault_of(error: Exception) -> ProviderFault:
    """The fault that an error of PROVIDER_ERRORS stands for. It repeats no word of the error."""
    if isinstance(error, openai.APIStatusError):
        headers = error.response.headers
        retry_after = seconds_until_retry(headers.get("retry-after", ""))
        return fault_of_status(error.status_code, error.code or "", retry_after)
    if isinstance(error, openai.APITimeoutError):
        return ProviderUnavailable(TOO_SLOW)
    return fault_of_http(error)


def fault_of_status(status: int, code: str, retry_after: float | None = None) -> ProviderFault:
    """The fault of an HTTP status and the code that OpenAI puts beside it (may be empty)."""
    if code == "insufficient_quota":
        return KeyRejected(NO_CREDIT)
    if code == "context_length_exceeded":
        return RequestRefused(TOO_LONG)
    if code in ABOUT_WHAT_WAS_ASKED:
        return RequestRefused()
    return fault_of_plain_status(status, retry_after)


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
