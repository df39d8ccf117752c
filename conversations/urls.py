"""The dashboard's addresses of conversations."""

from django.urls import include, path

from .views import install, leaving, persons, playground, reading

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

_of_organization = [
    path("", persons.persons, name="persons"),
    path("export/", persons.export, name="export_persons"),
    path("erase/", persons.erase, name="erase_persons"),
]

urlpatterns = [
    path("app/projects/<uuid:project_id>/", include(_of_project)),
    path("app/organization/retention/visitors/", include(_of_organization)),
]
