"""The addresses of the evidence."""

from django.urls import path

from . import views

app_name = "evidence"

urlpatterns = [
    path("security/", views.security, name="security"),
    path("security/isolation/", views.proof, name="proof"),
    path("security/isolation.json", views.proof_json, name="proof_json"),
    path("security/run/<str:kind>/", views.run, name="run"),
    path("security/documents/<str:name>/", views.text, name="document"),
    path("security/documents/<str:name>.md", views.text_file, name="document_file"),
    path(".well-known/security.txt", views.well_known, name="security_txt"),
    path("app/organization/evidence/", views.own, name="own"),
]
