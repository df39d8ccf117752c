"""The Django application of the keys floor."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "keys"
