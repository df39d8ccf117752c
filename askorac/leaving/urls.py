"""The addresses of what leaves."""

from django.urls import path

from .views import deletion, exports, imports

app_name = "leaving"

urlpatterns = [
    path("app/organization/leaving/", deletion.page, name="page"),
    path("app/organization/exports/", exports.exports, name="exports"),
    path("app/organization/exports/new/", exports.make, name="make_export"),
    path("app/organization/exports/<uuid:export_id>/retry/", exports.retry, name="retry_export"),
    path("app/organization/exports/<uuid:export_id>/", exports.download, name="download"),
    path("app/organization/imports/", imports.imports, name="imports"),
    path("app/organization/imports/new/", imports.bring, name="bring_in"),
    path("app/organization/delete/", deletion.delete, name="delete"),
    path("app/organization/take-back/", deletion.take_back, name="take_back"),
]
