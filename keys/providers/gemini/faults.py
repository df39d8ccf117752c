"""What Google's SDK raises and Gemini says, folded into the four faults."""

from __future__ import annotations

import json
from typing import Any, Final

from google.genai import errors
from google.genai._api_client import EphemeralTokenAPIKeyError

from keys.providers.base import KeyRejected, ProviderFault, RateLimited, RequestRefused
from keys.providers.faults import (
    HTTP_ERRORS,
    NO_CREDIT,
    TOO_LONG,
    fault_of_http,
    fault_of_status,
    seconds_until_retry,
)

# Everything that an attempt may end with and that is the provider's doing, not a bug of ours.
# An error's body that is no text gets past the SDK.
PROVIDER_ERRORS: Final = (
    errors.APIError,
    EphemeralTokenAPIKeyError,
    json.JSONDecodeError,
    UnicodeDecodeError,
    *HTTP_ERRORS,
)
# A text that is too long is an invalid argument like any other, told apart by its message.
_NO_CREDIT: Final = "credits are depleted"
_TOO_LONG: Final = ("token count", "exceeds the maximum number of tokens")


def fault_of(error: Exception) -> ProviderFault:
    """The fault that an error of PROVIDER_ERRORS stands for. It repeats no word of the error."""
    if isinstance(error, errors.APIError):
        headers = getattr(error.response, "headers", {})
        told = error.details.get("error") if isinstance(error.details, dict) else None
        return fault_told(error.code, told, headers.get("retry-after", ""))
    if isinstance(error, EphemeralTokenAPIKeyError):
        return KeyRejected()
    return fault_of_http(error)


def fault_told(status: int, told: object, retry_after: str = "") -> ProviderFault:
    """The fault of an HTTP status and of Google's error object beside it, if it is one."""
    error: dict[str, Any] = told if isinstance(told, dict) else {}
    details = [each for each in error.get("details") or [] if isinstance(each, dict)]
    if status == 400 and any(each.get("reason") == "API_KEY_INVALID" for each in details):
        return KeyRejected()
    if status == 400 and any(words in str(error.get("message")) for words in _TOO_LONG):
        return RequestRefused(TOO_LONG)
    if status == 429 and _NO_CREDIT in str(error.get("message")):
        return KeyRejected(NO_CREDIT)
    if status == 429:
        return RateLimited(retry_after=_delay(details, retry_after))
    return fault_of_status(status)


def _delay(details: list[dict[str, Any]], header: str) -> float | None:
    """How long to wait in seconds: Google says it as ``{"retryDelay": "17s"}`` in the body."""
    delays = [str(each["retryDelay"]) for each in details if "retryDelay" in each]
    told = [seconds_until_retry(delay.removesuffix("s")) for delay in delays]
    return max((seconds for seconds in told if seconds is not None), default=None) or (
        seconds_until_retry(header)
    )
