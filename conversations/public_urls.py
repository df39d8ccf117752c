"""The addresses that visitors and customers' pages open."""

from django.urls import path

from . import public_api, widget

app_name = "public"
urlpatterns = [
    path("widget.js", widget.widget_js, name="widget"),
    path("portrait/<str:public_key>/<str:digest>.webp", widget.portrait, name="portrait"),
    path("chat/<str:public_key>/", widget.page, name="page"),
    path("api/chat", public_api.chat, name="chat"),
    path("api/widget/config", public_api.widget_config, name="config"),
    path("cited/<str:token>/", widget.cited, name="cited"),
]
