"""Measures the real product, from outside where it can, and keeps the figures."""
