"""The endpoints of projects, of API keys, of retention and of staff's access."""

from . import api_keys, projects, retention, staff_access

urlpatterns = [
    *projects.urlpatterns,
    *api_keys.urlpatterns,
    *retention.urlpatterns,
    *staff_access.urlpatterns,
]
