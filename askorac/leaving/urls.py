"""The addresses of what leaves."""

from django.urls import path

from .views import deletion

app_name = "leaving"

urlpatterns = [
    path("app/organization/leaving/", deletion.page, name="page"),
    path("app/organization/delete/", deletion.delete, name="delete"),
    path("app/organization/take-back/", deletion.take_back, name="take_back"),
]
