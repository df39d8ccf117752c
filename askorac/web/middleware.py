"""The headers that every page of ours carries, and what is said when limits can't be checked."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
)
from django.middleware.common import CommonMiddleware
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from redis import RedisError

from askorac.tenancy.origins import Origin, coming_from, session_digest

from .logs import LogEvent, log
from .requests import API_ROOT, UNTOLD

RETRY_SECONDS: Final = 10

Handler = Callable[[HttpRequest], HttpResponse]


def content_security_policy() -> str:
    """No inline script or style, nothing from a third party, nobody may frame us."""
    socket = settings.PUBLIC_URL.replace("http", "ws", 1)
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            f"connect-src 'self' {socket}",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ]
    )


class ContentSecurityPolicy:
    """Adds the policy to every response, errors included."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.policy = content_security_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response


class KnowOrigin:
    """Keeps at hand where a request comes from, for what is written down of it.

    The address is the client's: the server has looked behind trusted proxies already.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session_key = getattr(request, "session", None) and request.session.session_key
        origin = Origin(request.META.get("REMOTE_ADDR", ""), session_digest(session_key))
        with coming_from(origin):
            return self.get_response(request)


class NoNulls:
    """Refuses a NUL behind the question mark: no text that is kept has one, and PostgreSQL would
    break off the statement that asks for it, on whatever page. The API refuses it by name itself.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_page = not request.path.startswith(API_ROOT)
        if is_page and "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("There is a NUL in the address.")
        return self.get_response(request)


class LimitsAway:
    """Answers 503 where attempts can't be counted, because Redis is away: then none is taken.

    Logging in, signing up and resetting a password are limited, and a limit that nobody can check
    counts as reached. Pages that count nothing go on.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, RedisError):
            return None
        log(LogEvent.LIMITS_UNREACHABLE, level=logging.WARNING, broken=error)
        response = render(request, "503.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
        response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response


class PrivatePages:
    """Has nobody keep a page that is one person's, unless its view says otherwise.

    Pages that libraries bring say nothing: one of them shows the secret of an authenticator app.
    It says it without a time, so that two answers that tell the same are the same.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_personal = request.session.accessed and not request.session.is_empty()
        if is_personal and "Cache-Control" not in response.headers:
            patch_cache_control(response, no_store=True, private=True)
        return response


class KnownHosts(CommonMiddleware):
    """Refuses requests for a host that is not ours, but those of probes: they ask an address.

    What answers them makes no link, so that a made-up host leads nowhere.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path in UNTOLD else super().process_request(request)


class CompressStatic(GZipMiddleware):
    """Compresses our scripts and styles, but no page: those carry secrets.

    Without a secret there is nothing to hide by random lengths: a file has one size.
    """

    max_random_bytes = 0

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not request.path.startswith(settings.STATIC_URL):
            return response
        return super().process_response(request, response)
