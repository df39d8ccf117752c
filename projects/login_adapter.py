"""What allauth asks of us while somebody logs in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.utils import timezone

from askorac.web.authenticated import FRESH, authenticated_at


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """allauth's, with our own idea of what was proved lately and of who guesses."""

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not right after a login: the library counts repeated proofs only."""
        last = authenticated_at(context.request)
        return last is None or timezone.now() - last > FRESH
