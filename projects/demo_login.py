"""Logging in, with the demo user kept to this machine and to development."""

from ipaddress import ip_address
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from django.conf import settings
from django.http import HttpRequest

from .models import User
from .signing_in.attempts import meant_by

DEMO_EMAIL = "demo@askorac.example"


class AuthenticationBackend(AllauthBackend):  # type: ignore[misc]  # allauth carries no types
    """allauth's, but the printed demo login opens nothing on a server that others reach."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and user.email == DEMO_EMAIL and not _is_at_home(request):
            return None
        return user

    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        """One look-up and one hash, whether somebody has the address or nobody."""
        user: User | None = self._check_password(meant_by(email), password)
        return user

    def get_user(self, user_id: Any) -> User | None:
        user: User | None = super().get_user(user_id)
        if user is not None and user.email == DEMO_EMAIL and not settings.DEVELOPMENT:
            return None
        return user


def _is_at_home(request: HttpRequest | None) -> bool:
    """In development, asked by this machine, for this machine's name, through no proxy."""
    if request is None or not settings.DEVELOPMENT:
        return False
    host = request.get_host().rpartition(":")[0] or request.get_host()
    peer = request.META.get("REMOTE_ADDR", "")
    is_forwarded = "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META
    return host in {"localhost", "127.0.0.1"} and _is_loopback(peer) and not is_forwarded


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
