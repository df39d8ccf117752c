"""The addresses of projects."""

from django.urls import path

from .views import dashboard, public, settings

app_name = "projects"

urlpatterns = [
    path("", public.landing, name="landing"),
    path("app/", dashboard.project_list, name="list"),
    path("app/account/", dashboard.account, name="account"),
    path("app/projects/new/", dashboard.new_project, name="new"),
    path("app/projects/<uuid:project_id>/", dashboard.overview, name="overview"),
    path("app/projects/<uuid:project_id>/settings/", settings.settings, name="settings"),
    path("app/projects/<uuid:project_id>/delete/", dashboard.delete, name="delete"),
]
