"""What the open organization may use at most."""

from askorac.tenancy.limit_deeds import Limits

from .models import OrganizationLimits

NO_LIMITS = Limits()


def read_limits() -> Limits:
    """Its own limits; none for most. One statement."""
    row = OrganizationLimits.objects.first()
    return limits_of(row) if row else NO_LIMITS


def limits_of(row: OrganizationLimits) -> Limits:
    """A row's limits."""
    return Limits(row.questions_a_minute, row.questions_a_day, row.sources, row.stored_bytes)
