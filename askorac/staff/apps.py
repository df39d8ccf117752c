from django.contrib.admin.apps import AdminConfig


class StaffConfig(AdminConfig):
    """Django's admin with our own site, and a page for every table that has metadata."""

    default_site = "askorac.staff.site.StaffSite"

    def ready(self) -> None:
        super().ready()
        from .metadata import register_rest

        register_rest()
