"""Every address of the site; each app names its own."""

from django.contrib import admin
from django.urls import include, path

from askorac.health import views as health
from askorac.signing import views as signing

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path(".well-known/askorac-signing-keys.json", signing.signing_keys, name="signing_keys"),
    path("", include("askorac.evidence.urls")),
    path("admin/", admin.site.urls),
    path("accounts/2fa/", include("projects.signing_in.factor_urls")),  # before the library's own
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/", include("projects.signing_in.urls")),  # before the library's own
    path("accounts/", include("allauth.account.urls")),
    path("", include("projects.urls")),
    path("", include("keys.urls")),
    path("", include("knowledge.urls")),
    path("", include("conversations.urls")),
    path("", include("conversations.public_urls")),
    path("", include("askorac.leaving.urls")),
    path("api/", include("askorac.api")),  # last: it answers for whatever lies under it
]
handler400 = "askorac.web.api.unknown.bad_request"
handler404 = "askorac.web.api.unknown.not_found"
handler500 = "askorac.web.api.unknown.broken"
