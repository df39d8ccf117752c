"""The endpoints of projects, API keys, the audit trail, members, retention and staff's access."""

from . import (
    api_keys,
    audit,
    invitations,
    members,
    projects,
    retention,
    second_factor,
    staff_access,
)

urlpatterns = [
    *projects.urlpatterns,
    *api_keys.urlpatterns,
    *audit.urlpatterns,
    *members.urlpatterns,
    *invitations.urlpatterns,
    *retention.urlpatterns,
    *second_factor.urlpatterns,
    *staff_access.urlpatterns,
]
