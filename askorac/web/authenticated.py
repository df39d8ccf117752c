"""How and when somebody proved who they are, in this session, as the login's library records it."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

# For so long nobody is asked again.
FRESH: Final = timedelta(minutes=15)
SECOND_FACTOR: Final = "mfa"


def authenticated_at(request: HttpRequest) -> datetime | None:
    """When the person last gave a password or a second factor; None without any record of it."""
    return _last(_records(request))


def has_fresh_second_factor(request: HttpRequest, *, now: datetime) -> bool:
    """Whether an authenticator app, a passkey or a recovery code was used within 15 minutes."""
    used_at = second_factor_at(request)
    return used_at is not None and now - used_at <= FRESH


def second_factor_at(request: HttpRequest) -> datetime | None:
    """When the person last used a second factor; None without any record of it."""
    return _last(_second(request))


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session has been entered, or confirmed, with a second factor at all."""
    return bool(_second(request))


def _second(request: HttpRequest) -> list[dict[str, Any]]:
    return [each for each in _records(request) if each.get("method") == SECOND_FACTOR]


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    if not request.user.is_authenticated:
        return []
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    return records


def _last(records: list[dict[str, Any]]) -> datetime | None:
    if not records:
        return None
    return datetime.fromtimestamp(max(each["at"] for each in records), UTC)
