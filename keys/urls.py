"""The addresses of provider keys and of what is told about models."""

from django.urls import path

from .views import models, provider_keys

app_name = "keys"

_KEYS = "app/organization/provider-keys/"
_KEY = f"{_KEYS}<uuid:provider_key_id>/"

urlpatterns = [
    path(_KEYS, provider_keys.provider_keys, name="provider_keys"),
    path(f"{_KEY}replace/", provider_keys.replace, name="replace_provider_key"),
    path(f"{_KEY}revoke/", provider_keys.revoke, name="revoke_provider_key"),
    path(f"{_KEY}release/", provider_keys.release, name="release_provider_key"),
    path("app/projects/<uuid:project_id>/models/", models.models, name="models"),
    path("app/projects/<uuid:project_id>/models/choose/", models.choose, name="choose"),
    path("app/projects/<uuid:project_id>/data-flow/", models.data_flow, name="data_flow"),
]
