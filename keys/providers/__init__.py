"""Adapters to the providers of models: pure Python, no Django, no environment."""
