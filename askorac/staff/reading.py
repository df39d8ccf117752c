"""The one way by which pages of staff come to content."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from askorac.sealing import keyrings
from askorac.tenancy.staff_context import NotLetIn, content_opened, is_let_in
from askorac.web.authenticated import has_fresh_second_factor


@contextmanager
def content_read(
    request: HttpRequest, *, organization_id: UUID, kind: str, target_id: UUID
) -> Iterator[None]:
    """Read content of an organization inside, on the staff login, for whoever asks.

    The view of this target stands in the organization's trail before anything is read. Raises
    NotLetIn without a grant that lives, and without a second factor of just now. What is sealed
    opens by the organization's keys, and not while they are taken away.
    """
    user_id = request.user.pk
    if user_id is None or not has_fresh_second_factor(request, now=timezone.now()):
        raise NotLetIn
    if not is_let_in(user_id=user_id, organization_id=organization_id):
        raise NotLetIn  # before a key service is asked
    keyrings.warm(organization_id)
    with content_opened(
        user_id=user_id, organization_id=organization_id, kind=kind, target_id=target_id
    ):
        yield
