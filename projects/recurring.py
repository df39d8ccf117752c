"""When work that comes back is due: each organization has its own minute, so that not all come at
once."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

NIGHT_HOUR: Final = 2  # in UTC
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def hourly_at(organization_id: UUID, after: datetime) -> datetime:
    """The organization's next full hour behind a moment."""
    at = after.replace(minute=_minute_of(organization_id), second=0, microsecond=0)
    return at if at > after else at + _HOUR


def nightly_at(organization_id: UUID, after: datetime) -> datetime:
    """The organization's next time at night behind a moment."""
    minute = _minute_of(organization_id)
    at = after.replace(hour=NIGHT_HOUR, minute=minute, second=0, microsecond=0)
    return at if at > after else at + _DAY


def _minute_of(organization_id: UUID) -> int:
    return organization_id.int % 60
