"""What allauth says by its signals, which it has no other hook for: recorded, and acted on."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.utils import timezone

from ..models import User
from .second_factors import has_factor
from .sign_ins import METHODS, tell, tell_refused
from .user_sessions import end_all_sessions, end_other_sessions, forget_second_factor


def connect() -> None:
    """Once, when the apps are ready."""
    factors.authenticator_added.connect(_added, dispatch_uid="projects")
    factors.authenticator_removed.connect(_removed, dispatch_uid="projects")
    factors.authenticator_reset.connect(_codes_made, dispatch_uid="projects")
    factors.authenticator_used.connect(_used, dispatch_uid="projects")
    factors.authentication_failed.connect(_failed, dispatch_uid="projects")
    password_changed.connect(_password_changed, dispatch_uid="projects")
    password_set.connect(_password_changed, dispatch_uid="projects")
    password_reset.connect(_password_reset, dispatch_uid="projects")


def _added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Who has just shown a factor has come in with it."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        tell(user=user, action="user.recovery_codes_made", now=timezone.now())
        return
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    tell(
        user=user,
        action="user.factor_added",
        now=timezone.now(),
        method=METHODS[authenticator.type],
    )


def _removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Without any factor, no session counts as entered with one."""
    if not has_factor(user.pk):
        forget_second_factor(request, user)
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        method = METHODS[authenticator.type]
        tell(user=user, action="user.factor_removed", now=timezone.now(), method=method)


def _codes_made(user: User, **_: Any) -> None:
    tell(user=user, action="user.recovery_codes_made", now=timezone.now())


def _used(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        left = len(authenticator.wrap().get_unused_codes())
        tell(user=user, action="user.recovery_code_used", now=timezone.now(), left=str(left))


def _failed(request: HttpRequest, user: User, **_: Any) -> None:
    """The password was right, so nobody learns from this that there is such an account."""
    tell_refused(request, user=user, reason="wrong second factor", now=timezone.now())


def _password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    tell(user=user, action="user.password_changed", now=timezone.now())
    end_other_sessions(request, user=user, now=timezone.now())


def _password_reset(user: User, **_: Any) -> None:
    tell(user=user, action="user.password_changed", now=timezone.now(), method="reset by mail")
    end_all_sessions(user=user, now=timezone.now())
