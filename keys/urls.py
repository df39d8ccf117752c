"""The addresses of provider keys, of encryption, and of what is told about models."""

from django.urls import path

from .views import encryption, models, provider_keys

app_name = "keys"

_KEYS = "app/organization/provider-keys/"
_KEY = f"{_KEYS}<uuid:provider_key_id>/"
_ENCRYPTION = "app/organization/encryption/"

urlpatterns = [
    path(_KEYS, provider_keys.provider_keys, name="provider_keys"),
    path(f"{_KEY}replace/", provider_keys.replace, name="replace_provider_key"),
    path(f"{_KEY}revoke/", provider_keys.revoke, name="revoke_provider_key"),
    path(f"{_KEY}release/", provider_keys.release, name="release_provider_key"),
    path(_ENCRYPTION, encryption.encryption, name="encryption"),
    path(f"{_ENCRYPTION}ask-again/", encryption.ask_again, name="ask_again"),
    path(f"{_ENCRYPTION}rotate/", encryption.rotate_data, name="rotate_data_key"),
    path(f"{_ENCRYPTION}rewrap/", encryption.rotate_wrapping, name="rotate_wrapping_key"),
    path(f"{_ENCRYPTION}openbao/", encryption.choose_openbao, name="choose_openbao"),
    path(f"{_ENCRYPTION}aws/", encryption.choose_aws, name="choose_aws"),
    path(f"{_ENCRYPTION}leave/", encryption.leave, name="leave_service"),
    path("app/projects/<uuid:project_id>/models/", models.models, name="models"),
    path("app/projects/<uuid:project_id>/models/choose/", models.choose, name="choose"),
    path("app/projects/<uuid:project_id>/models/move/", models.move, name="move"),
    path("app/projects/<uuid:project_id>/models/offers/", models.offers, name="offers"),
    path("app/projects/<uuid:project_id>/data-flow/", models.data_flow, name="data_flow"),
]
