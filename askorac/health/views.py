"""`/healthz` and `/readyz`: asked by whoever watches over this process, without a login."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from .readiness import Part, watch


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: this process answers."""
    return _unkept(HttpResponse("ok", content_type="text/plain"))


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Ready: 200 when every part works, else 503; in both cases each part's state in JSON."""
    found = watch.look()
    status = HTTPStatus.OK if found.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    parts = {name: _shown(part) for name, part in found.parts.items()}
    response = JsonResponse({"ready": found.is_ready, "parts": parts}, status=status)
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's: no line for each look
    return _unkept(response)


def _shown(part: Part) -> dict[str, bool | str | float]:
    shown: dict[str, bool | str | float] = {"ready": part.is_ready, "state": part.state}
    if part.number is not None:
        shown["number"] = part.number
    return shown


def _unkept(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response
