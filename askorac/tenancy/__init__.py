"""Isolation of organizations: roles, signed contexts, policies, and the checks that hold them."""
