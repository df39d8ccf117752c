"""The addresses of knowledge."""

from django.urls import include, path

from .views import adding, downloads, reading, searching, sources, vectors

app_name = "knowledge"

_of_project = [
    path("", sources.source_list, name="sources"),
    path("upload/", adding.upload, name="upload"),
    path("text/", adding.paste_text, name="text"),
    path("page/", adding.add_web_page, name="page"),
    path("panel/", sources.panel, name="panel"),
    path("chunks/<uuid:chunk_id>/", reading.chunk, name="chunk"),
    path("<uuid:source_id>/", reading.text, name="source"),
    path("<uuid:source_id>/chunks/", reading.chunks, name="chunks"),
    path("<uuid:source_id>/file/", downloads.download, name="file"),
    path("<uuid:source_id>/retry/", sources.retry_source, name="retry"),
    path("<uuid:source_id>/remove/", sources.remove_source, name="remove"),
]

urlpatterns = [
    path("app/projects/<uuid:project_id>/knowledge/", include(_of_project)),
    path("app/organization/encryption/vectors/", vectors.vectors, name="vectors"),
    path("app/organization/encryption/vectors/choose/", vectors.choose, name="choose_vectors"),
    path("app/projects/<uuid:project_id>/search/", searching.search, name="search"),
]
