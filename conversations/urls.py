"""The dashboard's addresses of conversations."""

from django.urls import include, path

from .views import install, leaving, playground, reading

app_name = "conversations"

_of_project = [
    path("playground/", playground.playground, name="playground"),
    path("conversations/", reading.conversation_list, name="list"),
    path("conversations/panel/", reading.panel, name="panel"),
    path("conversations/latest/", reading.latest, name="latest"),
    path("conversations/trouble/", reading.trouble, name="trouble"),
    path("conversations/export/", leaving.export_conversations, name="export"),
    path("conversations/delete/", leaving.delete_many, name="delete_many"),
    path("conversations/<uuid:conversation_id>/", reading.read, name="read"),
    path("conversations/<uuid:conversation_id>/delete/", leaving.delete, name="delete"),
    path("install/", install.install, name="install"),
    path("install/sites/", install.set_domains, name="domains"),
]

urlpatterns = [path("app/projects/<uuid:project_id>/", include(_of_project))]
