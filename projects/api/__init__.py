"""The endpoints of projects, API keys, members, retention and staff's access."""

from . import api_keys, invitations, members, projects, retention, staff_access

urlpatterns = [
    *projects.urlpatterns,
    *api_keys.urlpatterns,
    *members.urlpatterns,
    *invitations.urlpatterns,
    *retention.urlpatterns,
    *staff_access.urlpatterns,
]
