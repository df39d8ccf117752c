"""Which accounts of providers this process leaves alone at the moment."""

from keys.providers.breaker import Circuit, open_circuits

__all__ = ["Circuit", "open_circuits"]
