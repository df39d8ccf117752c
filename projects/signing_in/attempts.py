"""Who may try to log in: guesses are counted by account and by address, and a device that the
account's owner has logged in with is counted by itself.

So whoever guesses at an account is held off, and can't have its owner held off with them.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from askorac.tenancy.origins import current_origin, network_of

from ..models import User

NOBODY: Final = UUID(int=0)
DEVICE_COOKIE: Final = "orac_device"
_SALT: Final = "askorac.projects.device"
_DEVICE_SECONDS: Final = 365 * 86_400
_MOST_ACCOUNTS: Final = 8  # that one browser is known for
WINDOW_SECONDS: Final = 300
# Attempts in five minutes: at one account from devices that are new to it, at one account from
# one that it knows, and from one address at whatever accounts.
OF_STRANGERS: Final = 5
OF_KNOWN_DEVICE: Final = 10
OF_ADDRESS: Final = 30


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was counted. `is_first_refused` is true once a window and account."""

    is_allowed: bool
    is_first_refused: bool
    counters: tuple[str, ...]

    def succeeded(self) -> None:
        """What was no guess does not count."""
        for counter in self.counters:
            with suppress(ValueError):
                cache.decr(counter)


def take_attempt(request: HttpRequest, *, login: str, step: str) -> Attempt:
    """Count an attempt at an account, by the address that was typed, at one step of the login.

    An address that nobody has is counted like any other. Raises redis.RedisError when nobody can
    count: the attempt is not to be taken then.
    """
    counters = dict(_counters(request, login, step))
    numbers = {name: count(name) for name in counters}  # each of them, whatever the others say
    is_allowed = all(number <= counters[name] for name, number in numbers.items())
    is_first = not is_allowed and count(f"attempts:told:{step}:{account_of(login)}") == 1
    return Attempt(is_allowed, is_first, tuple(counters))


def forget_attempts(login: str) -> None:
    """Begin anew: the owner has proved by mail who they are."""
    cache.delete_many([f"attempts:{step}:{account_of(login)}" for step in ("password", "code")])


def meant_by(address: str) -> User | None:
    """Whose login this address is, in two statements, whether somebody's or nobody's.

    It is the address of the account, or a further one that is confirmed; the confirmed comes first.
    """
    address = address.strip().lower()
    confirmed = EmailAddress.objects.filter(email=address, verified=True)
    owner_id = confirmed.values_list("user_id", flat=True).first() or NOBODY
    found = {user.pk: user for user in User.objects.filter(Q(pk=owner_id) | Q(email=address))}
    return found.get(owner_id) or next(iter(found.values()), None)


def know_device(request: HttpRequest, response: HttpResponse, *, logins: set[str]) -> None:
    """Have the browser recognised at its next login: it has just got in, with these addresses."""
    known = _known(request)
    own = {account: known.get(account) or token_urlsafe(12) for account in map(account_of, logins)}
    others = [(account, device) for account, device in known.items() if account not in own]
    kept = dict(others[-_MOST_ACCOUNTS:]) | own
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps(kept, salt=_SALT),
        max_age=_DEVICE_SECONDS,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
        path="/accounts/",
    )


def count(name: str, *, seconds: int = WINDOW_SECONDS) -> int:
    """The number of this attempt in its window, which begins with the first.

    Raises redis.RedisError when nobody can count.
    """
    cache.add(name, 0, timeout=seconds)
    try:
        return int(cache.incr(name))
    except ValueError:  # the window ended this very moment
        cache.set(name, 1, timeout=seconds)
        return 1


def known_device(request: HttpRequest, *, login: str) -> str:
    """What to count a browser by that has got in with this address before; else nothing."""
    device = _known(request).get(account_of(login))
    return hashlib.sha256(device.encode()).hexdigest()[:24] if device else ""


def account_of(login: str) -> str:
    """What to count an address by, so that nobody reads it where it is counted."""
    return salted_hmac(_SALT, login.strip().lower(), algorithm="sha256").hexdigest()[:24]


def _counters(request: HttpRequest, login: str, step: str) -> Iterator[tuple[str, int]]:
    account = account_of(login)
    if device := known_device(request, login=login):
        yield f"attempts:{step}:{account}:{device}", OF_KNOWN_DEVICE
        return
    yield f"attempts:{step}:{account}", OF_STRANGERS
    yield f"attempts:{step}:from:{network_of(current_origin().address)}", OF_ADDRESS


def _known(request: HttpRequest) -> dict[str, str]:
    """The devices that this browser is, by account; nothing if the cookie is not ours."""
    try:
        known: dict[str, str] = signing.loads(
            request.COOKIES.get(DEVICE_COOKIE, ""), salt=_SALT, max_age=_DEVICE_SECONDS
        )
    except signing.BadSignature:
        return {}
    return known
