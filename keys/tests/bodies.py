"""A body for each request that the API's description knows: valid in form, if not in meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from askorac.web.api.described import description

_BY_FORMAT = {
    "uuid": lambda: str(uuid4()),
    "date-time": lambda: "2030-01-01T00:00:00Z",
    "date": lambda: "2030-01-01",
    "uri": lambda: "https://shop.example/",
    "binary": lambda: "",
}
_BY_TYPE = {"string": "Parcels", "integer": 1, "number": 0.5, "boolean": True, "object": {}}


@dataclass(frozen=True)
class Operation:
    """A method of a path; `path` has its parameters in braces."""

    method: str
    path: str
    body: Any


def operations(typed: dict[str, Any]) -> Iterator[Operation]:
    """Each operation of the description, once for each kind of body that it takes.

    `typed` are values for properties, by their names.
    """
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            for each in _kinds(schema) if schema else [None]:
                body = None if each is None else _value(each, typed)
                yield Operation(method.upper(), path, body)


def _kinds(schema: dict[str, Any]) -> list[dict[str, Any]]:
    schema = _resolved(schema)
    return (
        [kind for each in schema["oneOf"] for kind in _kinds(each)]
        if "oneOf" in schema
        else [schema]
    )


def _value(schema: dict[str, Any], typed: dict[str, Any]) -> Any:
    schema = _resolved(schema)
    if "properties" in schema:
        return {
            name: typed[name] if name in typed else _value(each, typed)
            for name, each in schema["properties"].items()
        }
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return _value(schema[several][0], typed)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") in _BY_FORMAT:
        return _BY_FORMAT[schema["format"]]()
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    return [_value(schema.get("items", {}), typed)] if kind == "array" else _BY_TYPE[kind]


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    if not reference:
        return schema
    found: dict[str, Any] = description()["components"]["schemas"][reference.rpartition("/")[2]]
    return _resolved(found)
