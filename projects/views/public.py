"""The page by which people decide."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from askorac.environment import DATA_DIR


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What this is; in development with the demo project's widget on it."""
    return render(request, "landing.html", {"demo_public_key": _demo_public_key()})


def _demo_public_key() -> str:
    """The public key that the start wrote down for the demo project, or nothing."""
    demo = DATA_DIR / "demo.json"
    if not settings.DEVELOPMENT or not demo.exists():
        return ""
    public_key: str = json.loads(demo.read_text(encoding="utf-8"))["public_key"]
    return public_key
