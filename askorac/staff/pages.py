"""Pages of staff beside those of tables: each app adds its own, in its `admin` module."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from askorac.tenancy.staff_context import NotLetIn
from askorac.web.authenticated import has_fresh_second_factor

from .second_factor import ask_for_second_factor

StaffView = Callable[..., HttpResponse]

_PAGES: Final[list[tuple[str, StaffView, str]]] = []


def page(route: str, *, name: str, is_fresh: bool = False) -> Callable[[StaffView], StaffView]:
    """Put a view of staff at this address below /admin/, as `admin:<name>`.

    With `is_fresh` it wants a second factor of the last 15 minutes. Who is not let in to an
    organization is led to the page on which to ask.
    """

    def add(view: StaffView) -> StaffView:
        def asked(request: HttpRequest, **ids: Any) -> HttpResponse:
            if is_fresh and not has_fresh_second_factor(request, now=timezone.now()):
                return ask_for_second_factor(request)
            try:
                return view(request, **ids)
            except NotLetIn as refused:
                messages.error(request, str(refused))
                return redirect("admin:access", organization_id=ids["organization_id"])

        _PAGES.append((route, asked, name))
        return view

    return add


def addresses(guard: Callable[[StaffView], StaffView]) -> list[URLPattern]:
    """The addresses of all pages, each behind the site's own guard."""
    return [path(route, guard(view), name=name) for route, view, name in _PAGES]


def render_page(
    request: HttpRequest, template: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page in the frame of staff; nothing keeps it."""
    around = admin.site.each_context(request)
    response = render(request, template, {**around, **context}, status=status)
    add_never_cache_headers(response)
    return response
