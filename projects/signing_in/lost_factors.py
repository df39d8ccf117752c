"""A user has lost all their factors: who runs the installation lets them in again."""

from datetime import datetime

from allauth.mfa.models import Authenticator

from askorac.tenancy.router import ACCOUNTS

from .attempts import meant_by
from .sign_ins import METHODS, tell
from .user_sessions import end_all_sessions


class NoSuchUser(Exception):
    """Nobody logs in with this address."""


def remove_factors(*, address: str, now: datetime) -> int:
    """Remove all second factors of whose address it is, and end their sessions; how many factors
    there were. It stands in the trails of their organizations. Raises NoSuchUser."""
    user = meant_by(address)
    if user is None:
        raise NoSuchUser("Nobody logs in with this address.")
    factors = Authenticator.objects.using(ACCOUNTS).filter(user_id=user.pk)
    kinds = list(factors.exclude(type=Authenticator.Type.RECOVERY_CODES).values_list("type"))
    factors.delete()
    for (kind,) in kinds:
        tell(
            user=user,
            action="user.factor_removed",
            now=now,
            method=METHODS[kind],
            reason="by who runs the installation",
        )
    end_all_sessions(user=user, now=now)
    return len(kinds)
