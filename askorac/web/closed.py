"""What pages say where something sealed does not open: who closed it, and what works meanwhile."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from askorac.sealing import SealFault

from .api.problems import Problem, of_sealed
from .middleware import Handler
from .requests import API_ROOT

# Of an answer that is a notice, for whatever part of a page was asked for.
FRAGMENT: Final = "X-Fragment"
NOTICE: Final = "notice"


class ClosedContent:
    """Answers 423 where the key was taken away, 503 where its service does not answer, and 500
    where a content does not open though its key does."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, SealFault):
            return None
        problem = of_sealed(error)
        if _wants_json(request):
            body, headers = problem.as_bytes(), problem.bare_headers()
            return HttpResponse(body, status=problem.status, headers=headers)
        return _page(request, problem)


def _wants_json(request: HttpRequest) -> bool:
    is_script = request.headers.get("Accept") == "application/json"
    return is_script or request.path.startswith(API_ROOT)


def _page(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A notice for htmx, which wants a part of a page, and a page for everybody else.

    Only members are told of the pages that work meanwhile.
    """
    is_part = request.headers.get("HX-Request") == "true"
    shown = {
        "problem": problem,
        "access": getattr(request, "access", None),
        "is_safe": request.method in {"GET", "HEAD"},
    }
    template = "_ui/closed.html" if is_part else "closed.html"
    response = render(request, template, shown, status=problem.status)
    add_never_cache_headers(response)
    for name, value in problem.all_headers().items():
        response.headers[name] = value
    if is_part:
        response.headers[FRAGMENT] = NOTICE
    return response
