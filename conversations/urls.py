"""The dashboard's addresses of conversations."""

from django.urls import include, path

from .views import install, playground, reading

app_name = "conversations"

_of_project = [
    path("playground/", playground.playground, name="playground"),
    path("conversations/", reading.conversation_list, name="list"),
    path("conversations/panel/", reading.panel, name="panel"),
    path("conversations/latest/", reading.latest, name="latest"),
    path("conversations/<uuid:conversation_id>/", reading.read, name="read"),
    path("conversations/<uuid:conversation_id>/delete/", reading.delete, name="delete"),
    path("install/", install.install, name="install"),
    path("install/sites/", install.set_domains, name="domains"),
]

urlpatterns = [path("app/projects/<uuid:project_id>/", include(_of_project))]
