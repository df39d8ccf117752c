"""The addresses of knowledge."""

from django.urls import include, path

from .views import adding, sources

app_name = "knowledge"

_of_project = [
    path("", sources.source_list, name="sources"),
    path("upload/", adding.upload, name="upload"),
    path("text/", adding.paste_text, name="text"),
    path("panel/", sources.panel, name="panel"),
    path("<uuid:source_id>/", sources.read, name="source"),
    path("<uuid:source_id>/retry/", sources.retry_source, name="retry"),
    path("<uuid:source_id>/remove/", sources.remove_source, name="remove"),
]

urlpatterns = [path("app/projects/<uuid:project_id>/knowledge/", include(_of_project))]
