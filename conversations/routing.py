"""Where sockets knock."""

from django.urls import path, re_path

from .consumers import ChatConsumer, NowhereConsumer

routes = [
    path("ws/chat/<str:public_key>/", ChatConsumer.as_asgi()),
    re_path("", NowhereConsumer.as_asgi()),
]
