"""Asking for pages and endpoints inside this process, through everything that a request goes
through: the same code, settings and stores as the web process has."""

import asyncio
import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from askorac.tenancy.origins import enter
from askorac.web.late import LateResponse
from projects.models import User

from .decoys import session_key

# Of nobody (RFC 5737): what is counted by address is counted apart from people's.
ADDRESS: Final = "192.0.2.114"
CSRF: Final = "0" * 32
LASTS: Final = timedelta(minutes=10)
_TOKEN: Final = re.compile(rb'(csrfmiddlewaretoken" value=")\w+')
# What is another one each time, or counts down.
_PASSING: Final = ("RateLimit", "Content-Length", "Set-Cookie", "Date", "Expires", "X-Request-Id")


@dataclass(frozen=True, slots=True)
class Answer:
    """All that an answer tells, without what is another one each time."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def without(self, *ids: object) -> "Answer":
        """The answer with the ids that were asked for made the same."""
        body, headers = self.body, dict(self.headers)
        for each in sorted(map(str, ids), key=len, reverse=True):  # one may stand in another
            body = body.replace(each.encode(), b"ID")
            headers = {name: value.replace(each, "ID") for name, value in headers.items()}
        return Answer(self.status, headers, body)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: nobody, a member by their session, or a program by its API key."""

    session: str = ""
    api_key: str = ""

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        media_type: str = "application/json",
        reads_streams: bool = False,
    ) -> Answer:
        """The answer to a request with this body, or none. What streams is read for a list, a file
        or an export only: an answer would be paid for."""
        request = WSGIRequest(self._environment(method, path, body, media_type))
        with _quietly():
            response = _handler().get_response(request)
            told = _body(response, reads_streams=reads_streams)
        return Answer(response.status_code, _headers(response), told)

    def _environment(self, method: str, path: str, body: bytes, media_type: str) -> dict[str, Any]:
        place = urlsplit(settings.PUBLIC_URL)
        host = place.hostname or "localhost"
        path, _, query = path.partition("?")
        environment: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": host,
            "SERVER_PORT": str(place.port or (443 if settings.SECURE else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": place.netloc,
            "REMOTE_ADDR": ADDRESS,
            "wsgi.input": BytesIO(body),
            "wsgi.url_scheme": place.scheme,
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_FORWARDED_PROTO": place.scheme,
        }
        if body:
            environment["CONTENT_TYPE"] = media_type
        if self.api_key:
            environment["HTTP_AUTHORIZATION"] = f"Bearer {self.api_key}"
        if self.session:
            environment |= self._as_browser()
        return environment

    def _as_browser(self) -> dict[str, str]:
        cookies = f"{settings.SESSION_COOKIE_NAME}={self.session}"
        return {
            "HTTP_COOKIE": f"{cookies}; {settings.CSRF_COOKIE_NAME}={CSRF}",
            "HTTP_X_CSRFTOKEN": CSRF,
            "HTTP_REFERER": f"{settings.PUBLIC_URL}/",
            "HTTP_ORIGIN": settings.PUBLIC_URL,
        }


def member(user: User) -> Asker:
    """A user who has just logged in; `decoys` finds the session again when they go."""
    key = session_key(user.pk)
    told = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
        # As the login records it: else pages would ask again who it is.
        AUTHENTICATION_METHODS_SESSION_KEY: [{"method": "password", "at": time.time()}],
        f"{AUTHENTICATION_METHODS_SESSION_KEY}_user": str(user.pk),
    }
    Session.objects.create(
        session_key=key,
        session_data=SessionStore().encode(told),
        expire_date=timezone.now() + LASTS,
    )
    return Asker(session=key)


@cache
def _handler() -> BaseHandler:
    handler = BaseHandler()
    handler.load_middleware()
    return handler


def _headers(response: HttpResponseBase) -> dict[str, str]:
    return {name: value for name, value in response.items() if not name.startswith(_PASSING)}


def _body(response: HttpResponseBase, *, reads_streams: bool) -> bytes:
    if not isinstance(response, StreamingHttpResponse):
        return _TOKEN.sub(rb"\1TOKEN", getattr(response, "content", b""))
    try:
        return _streamed(response) if reads_streams else b""
    finally:
        response.close()


def _streamed(response: StreamingHttpResponse) -> bytes:
    """What streams, as far as it is a proof's: it has a row of each kind."""
    if isinstance(response, LateResponse):
        return asyncio.run(_late(response))
    parts = response.streaming_content
    assert isinstance(parts, Iterator)
    return b"".join(parts)


async def _late(response: LateResponse) -> bytes:
    enter(response.origin)
    async with aclosing(response.parts) as parts:
        return b"".join([part async for part in parts])


class _quietly:  # noqa: N801 - read as a word
    """Hundreds of refused requests are no news: nothing of them is logged but what breaks."""

    def __enter__(self) -> None:
        logging.disable(logging.WARNING)

    def __exit__(self, *broken: object) -> None:
        logging.disable(logging.NOTSET)
