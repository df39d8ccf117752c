"""What is said of a request that no view is asked for, because it is too large or can't be read."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views import defaults

KILOBYTE = 1000


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


def _too_large(request: HttpRequest, limit: str, what_to_do: str) -> HttpResponseBase:
    return render(request, "413.html", {"limit": limit, "what_to_do": what_to_do}, status=413)
