"""`/api/v1/docs/`, open to anybody."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from askorac.web.api.described import description
from askorac.web.api.problems import KNOWN

from .operations import Group, groups_of


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """How to begin, what holds everywhere, and each operation with its fields and an example."""
    problems = [(status, code, title) for status, (code, title) in KNOWN.items()]
    return render(
        request,
        "api/docs.html",
        {"groups": _groups(), "problems": problems, "server": settings.PUBLIC_URL},
    )


@cache
def _groups() -> tuple[Group, ...]:
    return groups_of(description(), server=settings.PUBLIC_URL)
