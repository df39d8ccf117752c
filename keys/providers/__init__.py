"""Adapters to the providers of language and embedding models: pure Python, no Django, no environment."""
