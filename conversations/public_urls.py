"""The addresses that visitors and customers' pages open."""

from django.urls import path

from . import widget

app_name = "public"
urlpatterns = [
    path("widget.js", widget.widget_js, name="widget"),
    path("portrait/<str:public_key>/<str:digest>.webp", widget.portrait, name="portrait"),
    path("chat/<str:public_key>/", widget.page, name="page"),
    path("cited/<str:token>/", widget.cited, name="cited"),
]
