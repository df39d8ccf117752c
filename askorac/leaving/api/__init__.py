"""The endpoints of the organization, of exports and of imports."""

from . import exports, imports, organization

urlpatterns = [*organization.urlpatterns, *exports.urlpatterns, *imports.urlpatterns]
