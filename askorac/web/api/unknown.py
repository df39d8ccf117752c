"""What is said where there is no endpoint, and where something broke before one was reached."""

import logging
import sys
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views import defaults
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView

from askorac.web import refusals
from askorac.web.logs import LogEvent, log
from askorac.web.requests import API_ROOT

from .problems import AWAY, BROKE, CONTENT_TYPE, KNOWN, NOT_FOUND, Problem


class Unknown(APIView):
    """Every address under /api/ that nobody has named."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)
    schema = None

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Raises Http404, whatever was sent to it and however."""
        raise Http404


def broken(request: HttpRequest) -> HttpResponseBase:
    """Django's handler of exceptions that nobody expected, and of a database that is away."""
    is_ours = request.path.startswith(API_ROOT)
    if isinstance(error := sys.exception(), refusals.AWAY):
        log(LogEvent.DATABASE_AWAY, level=logging.WARNING, broken=error)
        problem = Problem(503, AWAY, retry_after=refusals.RETRY_SECONDS)
        return _answer(problem) if is_ours else refusals.away(request)
    return _answer(Problem(500, BROKE)) if is_ours else defaults.server_error(request)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler of what is not there."""
    if not request.path.startswith(API_ROOT):
        return defaults.page_not_found(request, exception)
    return _answer(Problem(404, NOT_FOUND))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler of requests that no view is asked for: a wrong Host, say."""
    if not request.path.startswith(API_ROOT):
        return refusals.bad_request(request, exception)
    return _answer(Problem(400, KNOWN[400][1]))


def _answer(problem: Problem) -> HttpResponse:
    return JsonResponse(
        problem.as_body(),
        status=problem.status,
        headers=problem.all_headers(),
        content_type=CONTENT_TYPE,
    )
