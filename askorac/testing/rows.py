"""A row of every tenant model for a customer, as the isolation proof makes them."""

from collections.abc import Callable
from uuid import UUID

from askorac.evidence.isolation.rows import Rows, rows_in, target_of, values_for
from askorac.testing.people import Customer

__all__ = ["Rows", "fill", "target_of", "values_for"]


def fill(customer: Customer) -> Rows:
    """The customer's row of each tenant model; what is missing is made."""
    return rows_in(customer.id, deeds=_BY_DEED)


def _ask_for_access(organization_id: UUID) -> None:
    from askorac.tenancy.access_deeds import ask_for_access
    from askorac.testing.pages import new_staff

    by = new_staff().pk
    ask_for_access(organization_id=organization_id, by=by, reason="To look", minutes=60)


def _change_limits(organization_id: UUID) -> None:
    from askorac.tenancy.limit_deeds import Limits, change_limits
    from askorac.testing.pages import new_staff

    by = new_staff().pk
    change_limits(organization_id=organization_id, limits=Limits(1_000), by=by, reason="To try")


# Rows that the app's login can't add.
_BY_DEED: dict[str, Callable[[UUID], None]] = {
    "projects.OrganizationLimits": _change_limits,
    "projects.StaffGrant": _ask_for_access,
}
