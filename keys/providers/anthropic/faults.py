"""What Anthropic's SDK raises and Anthropic says, folded into the four faults."""

from __future__ import annotations

from typing import Final

import anthropic

from keys.providers.base import KeyRejected, ProviderFault, ProviderUnavailable, RequestRefused
from keys.providers.faults import (
    CUT_SHORT,
    HTTP_ERRORS,
    NO_CREDIT,
    TOO_LONG,
    TOO_SLOW,
    fault_of_http,
    fault_of_status,
    seconds_until_retry,
)

# Everything that an attempt may end with and that is the provider's doing, not a bug of ours.
PROVIDER_ERRORS: Final = (anthropic.AnthropicError, *HTTP_ERRORS)

# The statuses that the types of error come with, when they come before the answer.
_STATUSES: Final = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
}
# These come as plain invalid requests, told apart by how their message begins.
_OUT_OF_CREDIT: Final = ("Your credit balance is too low", "You have reached your specified")
_TOO_LONG: Final = ("prompt is too long", "input length and `max_tokens` exceed")


def fault_of(error: Exception) -> ProviderFault:
    """The fault that an error of PROVIDER_ERRORS stands for. It repeats no word of the error."""
    if isinstance(error, anthropic.APIStatusError):
        retry_after = seconds_until_retry(error.response.headers.get("retry-after", ""))
        message = str(error.api_message or "")
        return _by_message(message) or fault_of_status(error.status_code, retry_after)
    if isinstance(error, anthropic.APITimeoutError):
        return ProviderUnavailable(TOO_SLOW)
    return fault_of_http(error)


def fault_in_stream(kind: object, message: object) -> ProviderFault:
    """The fault of an error frame in a stream that had begun well, by its type."""
    status = _STATUSES.get(str(kind))
    if status is None:
        return ProviderUnavailable(CUT_SHORT)
    return _by_message(str(message)) or fault_of_status(status)


def _by_message(message: str) -> ProviderFault | None:
    if message.startswith(_OUT_OF_CREDIT):
        return KeyRejected(NO_CREDIT)
    if message.startswith(_TOO_LONG):
        return RequestRefused(TOO_LONG)
    return None
