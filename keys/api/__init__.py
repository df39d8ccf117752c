"""The endpoints of provider keys and of a project's models."""

from . import project_models, provider_keys

urlpatterns = [*provider_keys.urlpatterns, *project_models.urlpatterns]
