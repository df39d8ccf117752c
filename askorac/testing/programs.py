"""Asking the API as a customer's program does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.test import Client

if TYPE_CHECKING:
    from projects.models import Project

    from .people import Customer

JSON = "application/json"


class Program:
    """A program with an API key, or with none; `api("GET", "projects/")`."""

    def __init__(self, key: str | None = None) -> None:
        self.key = key
        self._client = Client(SERVER_NAME="localhost", raise_request_exception=False)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The response to a request for a path under /api/v1/; `json()` reads its body.

        A dict is sent as JSON. `headers` have underscores for hyphens.
        """
        data = b"" if body is None else json.dumps(body).encode()
        return self.raw(method, path, data, JSON if body is not None else "", **headers)

    def raw(self, method: str, path: str, data: bytes, kind: str, **headers: str) -> Any:
        """The response to a request with these bytes as its body."""
        return self._client.generic(
            method, f"/api/v1/{path}", data, content_type=kind, headers=self._named(headers)
        )

    def form(self, path: str, fields: dict[str, Any], **headers: str) -> Any:
        """The response to a form, in which files are open files."""
        return self._client.post(f"/api/v1/{path}", fields, headers=self._named(headers))

    def _named(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key is not None:
            named.setdefault("Authorization", f"Bearer {self.key}")
        return named


def new_program(
    customer: Customer,
    *,
    rights: str = "write",
    project: Project | None = None,
    is_owners: bool = True,
) -> Program:
    """A program of a customer with a fresh API key, committed."""
    from django.utils import timezone

    from askorac.tenancy.context import tenant
    from projects.api_keys import create_api_key

    with tenant(customer.id):
        made = create_api_key(
            name="A program",
            rights=rights,
            project=project,
            by=customer.actor,
            now=timezone.now(),
            is_owners=is_owners,
        )
    return Program(made.key)
