"""The endpoints of projects, of API keys and of retention."""

from . import api_keys, projects, retention

urlpatterns = [*projects.urlpatterns, *api_keys.urlpatterns, *retention.urlpatterns]
