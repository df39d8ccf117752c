"""What allauth asks of us while somebody logs in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from askorac.tenancy.origins import Origin, coming_from, current_origin, session_digest
from askorac.web.authenticated import FRESH, authenticated_at

from .models import User
from .sign_ins import METHODS, tell


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """allauth's, with our own idea of what was proved lately and of who guesses."""

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not right after a login: the library counts repeated proofs only."""
        last = authenticated_at(context.request)
        return last is None or timezone.now() - last > FRESH

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """As the library's, and recorded, in the session that has just begun."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        session = session_digest(request.session.session_key)
        with coming_from(Origin(address=current_origin().address, session=session)):
            tell(user=user, action="user.signed_in", now=timezone.now(), method=_methods(request))
        return response

    def logout(self, request: HttpRequest) -> None:
        """As the library's, and recorded."""
        if isinstance(request.user, User):
            tell(user=request.user, action="user.signed_out", now=timezone.now())
        super().logout(request)


def _methods(request: HttpRequest) -> str:
    """What was shown in this login, in words."""
    records = get_authentication_records(request, request.user)
    used = [METHODS.get(each.get("type", each["method"]), each["method"]) for each in records]
    return " and ".join(dict.fromkeys(used)) or "link by mail"
