"""The endpoints of projects and of API keys."""

from . import api_keys, projects

urlpatterns = [*projects.urlpatterns, *api_keys.urlpatterns]
