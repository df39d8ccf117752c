"""The addresses of what is told about models."""

from django.urls import path

from . import views

app_name = "keys"

urlpatterns = [path("app/projects/<uuid:project_id>/models/", views.models, name="models")]
