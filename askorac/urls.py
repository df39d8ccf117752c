"""Every address of the site; each app names its own."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: this process answers."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("healthz", healthz),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("", include("projects.urls")),
    path("", include("keys.urls")),
    path("", include("knowledge.urls")),
    path("", include("conversations.urls")),
    path("", include("conversations.public_urls")),
    path("api/", include("askorac.api")),  # last: it answers for whatever lies under it
]
handler400 = "askorac.web.api.unknown.bad_request"
handler500 = "askorac.web.api.unknown.broken"
