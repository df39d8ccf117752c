"""One line in the log for each request: what was asked for, and how long it took."""

import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from .logs import LogEvent, Name, log

METHODS: Final = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# Asked for every few seconds by whoever watches over the process.
UNTOLD: Final = {"/healthz", "/readyz"}
# What lies under it speaks JSON, errors included.
API_ROOT: Final = "/api/"


class RequestLog:
    """Logs the route by its name, not the address: that may hold a token or what was searched for.

    `milliseconds` end where the response begins: a stream goes on after that.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began_at = time.perf_counter()
        response = self.get_response(request)
        if request.path not in UNTOLD and not request.path.startswith(settings.STATIC_URL):
            log(
                LogEvent.REQUEST,
                method=Name(request.method if request.method in METHODS else "other"),
                route=_route(request),
                status=response.status_code,
                milliseconds=round((time.perf_counter() - began_at) * 1000, 1),
                organization=_organization(request),
            )
        return response


def _route(request: HttpRequest) -> Name:
    match = request.resolver_match
    if match is None:
        return Name("none")
    return Name(match.view_name or match.route)


def _organization(request: HttpRequest) -> UUID | None:
    """Of the member, or of the API key, by which the request was let in."""
    if access := getattr(request, "access", None):
        found: UUID = access.organization.pk
        return found
    return getattr(getattr(request, "auth", None), "organization_id", None)
