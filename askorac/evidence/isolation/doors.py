"""Every address of the site, found by walking the URLconf, with what can be put into it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from askorac.tenancy.catalog import tenant_models


@dataclass(frozen=True)
class Door:
    """One address: `name` with its namespace, `parameters` of its path, and the view behind it."""

    name: str
    route: str
    parameters: tuple[str, ...]
    view: Callable[..., Any]

    @property
    def view_class(self) -> Any:
        """The class of an endpoint of the API; None for a function."""
        return getattr(self.view, "view_class", None) or getattr(self.view, "cls", None)

    @property
    def right(self) -> str:
        """The right that a member needs; empty for a door that asks for none."""
        return str(getattr(self.view, "right", ""))

    def path(self, values: Mapping[str, UUID]) -> str:
        """The address with these values in it."""
        return reverse(self.name, kwargs={name: values[name] for name in self.parameters})

    def unknown(self) -> list[str]:
        """Parameters that name nothing a stranger could reach for, as far as is known here."""
        return [name for name in self.parameters if name not in known_parameters()]


def walk() -> list[Door]:
    """All addresses that have a name, those of libraries included."""
    return sorted(_walk(get_resolver(), "", ()), key=lambda door: door.name)


def known_parameters() -> dict[str, Any]:
    """Parameters that are ids of tenants' rows: `api_key_id` is that of an ApiKey."""
    return {f"{_snake(model.__name__)}_id": model for model in tenant_models()}


def made_up() -> dict[str, UUID]:
    """Ids that name nothing."""
    return {name: uuid4() for name in known_parameters()}


def _walk(resolver: URLResolver, before: str, names: tuple[str, ...]) -> Iterator[Door]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            namespace = (pattern.namespace,) if pattern.namespace else ()
            yield from _walk(pattern, route, (*names, *namespace))
        elif isinstance(pattern, URLPattern):
            name = ":".join((*names, pattern.name or f"({route})"))
            found = re.findall(r"<(?:\w+:)?(\w+)>", route)
            yield Door(name, route, tuple(dict.fromkeys(found)), pattern.callback)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
