"""What is said of a request that can't be read, is too large, or meets no database."""

from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views import defaults

KILOBYTE: Final = 1000
RETRY_SECONDS: Final = 5
# No server, or no connection to it within ten seconds.
AWAY: Final = (OperationalError, InterfaceError)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler of bad requests: one that is too large says by which limit."""
    if isinstance(exception, TooManyFilesSent):
        return _too_large(
            request,
            f"{settings.DATA_UPLOAD_MAX_NUMBER_FILES} files can be sent at once.",
            "Go back, and choose fewer files at a time.",
        )
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        megabytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // KILOBYTE**2
        return _too_large(
            request,
            f"A form can hold {megabytes} MB of text.",
            "Go back, and send it in parts, or as a file.",
        )
    return defaults.bad_request(request, exception)


def away(request: HttpRequest) -> HttpResponseBase:
    """The page while the database is away, or has more to do than it can; it asks for nothing."""
    page = render_to_string("away.html", {"is_safe": request.method in {"GET", "HEAD"}})
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)


def _too_large(request: HttpRequest, limit: str, what_to_do: str) -> HttpResponseBase:
    return render(request, "413.html", {"limit": limit, "what_to_do": what_to_do}, status=413)
