"""The endpoints of provider keys, of a project's models, and of encryption."""

from . import encryption, project_models, provider_keys

urlpatterns = [
    *provider_keys.urlpatterns,
    *project_models.urlpatterns,
    *encryption.urlpatterns,
]
