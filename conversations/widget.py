"""What customers' pages and visitors load: the widget's tag and picture, the full page of an
assistant, and the page of a citation."""

import hashlib
from functools import lru_cache
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import condition, require_safe

from askorac.environment import BASE_DIR
from projects.avatars import CONTENT_TYPE

from .cited import cited_passage
from .doors import find_door, find_portrait

LOADER: Final = BASE_DIR / "static" / "widget" / "loader.js"
LOADER_SECONDS: Final = 300
PORTRAIT_SECONDS: Final = 365 * 24 * 3600


def _loader_tag(request: HttpRequest) -> str:
    return _loader(LOADER.stat().st_mtime_ns)[1]


@require_safe
@gzip_page
@condition(etag_func=_loader_tag)
def widget_js(request: HttpRequest) -> HttpResponse:
    """The script of the one tag that customers paste: the same for all, from any origin."""
    script, _ = _loader(LOADER.stat().st_mtime_ns)
    return HttpResponse(
        script,
        content_type="text/javascript; charset=utf-8",
        headers={
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": f"public, max-age={LOADER_SECONDS}, stale-while-revalidate=86400",
        },
    )


@require_safe
def portrait(request: HttpRequest, public_key: str, digest: str) -> HttpResponse:
    """The picture of a project's assistant. Its address changes with it, so it may be kept."""
    image = find_portrait(public_key, digest)
    if image is None:
        raise Http404("No such picture.")
    return HttpResponse(
        image,
        content_type=CONTENT_TYPE,
        headers={
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": f"public, max-age={PORTRAIT_SECONDS}, immutable",
        },
    )


@require_safe
def page(request: HttpRequest, public_key: str) -> HttpResponse:
    """An assistant on a page of its own, that one can link to."""
    door = find_door(public_key)
    if door is None:
        raise Http404("No such project.")
    if door.is_ending:
        return render(request, "conversations/closed_for_good.html", status=410)
    if door.is_suspended:
        return render(request, "conversations/unavailable.html", status=503)
    response = render(
        request, "conversations/chat.html", {"look": door.look, "public_key": public_key}
    )
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def cited(request: HttpRequest, token: str) -> HttpResponse:
    """The quote that an answer rests on, within its document."""
    passage = cited_passage(token)
    if passage is None:
        response = render(request, "conversations/cited_gone.html", status=404)
    else:
        response = render(
            request,
            "conversations/cited.html",
            {
                "title": passage.title,
                "page": passage.page,
                "before": passage.before,
                "passage_parts": passage.passage_parts,
                "after": passage.after,
            },
        )
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-store"
    return response


@lru_cache(maxsize=1)
def _loader(changed_at: int) -> tuple[bytes, str]:
    """The script and its tag, read again when the file has changed."""
    script = LOADER.read_bytes()
    return script, f'"{hashlib.sha256(script).hexdigest()[:20]}"'
