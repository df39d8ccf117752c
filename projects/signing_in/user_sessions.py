"""The sessions in which a user is logged in: listed with device and address, and ended."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from askorac.tenancy.origins import current_origin
from askorac.web.authenticated import SECOND_FACTOR

from ..models import User
from .sign_ins import tell

TOUCH_SECONDS: Final = 60.0
RECENT: Final = timedelta(hours=1)
MOST_TOUCHED: Final = 10_000
MOST_AGENT: Final = 200
NO_ADDRESS: Final = "::"  # of a request through a socket of the machine
# The first that is found is told; most browsers name others besides.
_BROWSERS: Final = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox|FxiOS": "Firefox",
    "Chrome|Chromium|CriOS": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS: Final = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X|Macintosh": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One session, as its owner recognises it."""

    id: int
    device: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


class LastSeen:
    """Middleware: keeps from where, and when, a session was used last, once a minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._touched: dict[str, float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        # Only where somebody asked who it is: no other page looks a session up for this.
        user, key = getattr(request, "_cached_user", None), request.session.session_key
        if user is not None and user.is_authenticated and key and self._is_due(key):
            _touch(request, user)
        return response

    def _is_due(self, key: str) -> bool:
        now = time.monotonic()
        if now - self._touched.get(key, float("-inf")) < TOUCH_SECONDS:
            return False
        if len(self._touched) >= MOST_TOUCHED:
            self._touched.clear()
        self._touched[key] = now
        return True


def list_sessions(request: HttpRequest, *, user: User) -> list[SignedIn]:
    """The live sessions of a user, this one first and then the latest used."""
    rows = list(UserSession.objects.filter(user_id=user.pk))
    keys = [row.session_key for row in rows]
    alive = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    living = set(alive.values_list("session_key", flat=True))
    found = [
        SignedIn(
            id=row.pk,
            device=device_of(row.user_agent),
            address=row.ip,
            began_at=row.created_at,
            seen_at=row.last_seen_at,
            is_this=row.session_key == request.session.session_key,
        )
        for row in rows
        if row.session_key in living
    ]
    return sorted(found, key=lambda each: (not each.is_this, -each.seen_at.timestamp()))


def end_session(*, session_id: int, user: User, now: datetime) -> SignedIn | None:
    """End one session of the user; None if there is no such session any more.

    Whatever is open in it notices within two seconds.
    """
    row = UserSession.objects.filter(pk=session_id, user_id=user.pk).first()
    if row is None:
        return None
    return _end(row, user=user, now=now)


def end_other_sessions(request: HttpRequest, *, user: User, now: datetime) -> int:
    """End all sessions of the user but this one; how many there were."""
    rows = UserSession.objects.filter(user_id=user.pk)
    others = [row for row in rows if row.session_key != request.session.session_key]
    return len([_end(row, user=user, now=now) for row in others])


def end_all_sessions(*, user: User, now: datetime) -> None:
    """End them, this one as well."""
    for row in UserSession.objects.filter(user_id=user.pk):
        _end(row, user=user, now=now)


def forget_ended(*, now: datetime) -> int:
    """Remove the sessions that have expired, and from where those that are over were used; how
    many rows went.

    One of the last hour is left: its session may only just be written.
    """
    expired, _ = Session.objects.filter(expire_date__lte=now).delete()
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    over = UserSession.objects.filter(~Exists(alive), last_seen_at__lt=now - RECENT)
    ended: int = over.delete()[0]
    return expired + ended


def forget_second_factor(request: HttpRequest, user: User) -> None:
    """Have no session of the user count as entered with a second factor any more."""
    _without_second_factor(request.session)
    for row in UserSession.objects.filter(user_id=user.pk):
        if row.session_key != request.session.session_key:
            session = SessionStore(row.session_key)
            _without_second_factor(session)
            session.save()


def device_of(user_agent: str) -> str:
    """A browser and a system in words, as far as they are told: "Firefox on Linux"."""
    browser = _first(_BROWSERS, user_agent) or "A browser"
    system = _first(_SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def _first(names: dict[str, str], text: str) -> str:
    return next((word for pattern, word in names.items() if re.search(pattern, text)), "")


def _end(row: UserSession, *, user: User, now: datetime) -> SignedIn:
    ended = SignedIn(
        row.pk, device_of(row.user_agent), row.ip, row.created_at, row.last_seen_at, False
    )
    is_alive = row.exists()  # else it went by itself, as the key that a new password replaced
    row.end()
    if is_alive:
        tell(user=user, action="user.session_ended", now=now, device=ended.device)
    return ended


def _touch(request: HttpRequest, user: User) -> None:
    key = request.session.session_key
    seen = {
        "ip": current_origin().address or NO_ADDRESS,
        "user_agent": request.headers.get("User-Agent", "")[:MOST_AGENT],
        "last_seen_at": timezone.now(),
    }
    if not UserSession.objects.filter(session_key=key, user_id=user.pk).update(**seen):
        # It began before there was a list.
        UserSession.objects.get_or_create(session_key=key, defaults={**seen, "user_id": user.pk})


def _without_second_factor(session: SessionBase) -> None:
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        each for each in records if each.get("method") != SECOND_FACTOR
    ]
