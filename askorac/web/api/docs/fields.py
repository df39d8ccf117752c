"""The fields of a shape, one line each, and an example of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Schema = Mapping[str, Any]

# What stands in an example under a name; else the kind of value decides.
EXAMPLES: Final[Mapping[str, Any]] = {
    "name": "Help desk",
    "title": "Parcels",
    "text": "Parcels may be returned within thirty days.",
    "query": "Until when may parcels be returned?",
    "question": "Until when may parcels be returned?",
    "message": "Until when may parcels be returned?",
    "url": "https://shop.example/returns",
    "page_url": "https://shop.example/returns",
    "external_id": "help-article-17",
    "heading": "Returns",
    "accent": "#0b6480",
    "allowed_domains": ["shop.example"],
    "suggestions": ["Until when may parcels be returned?"],
    "contact_url": "https://shop.example/contact",
    "next": None,
    "previous": None,
    "public_key": "pk_5f0d3c1e9a7b4d2c8e6f1a0b",
    "key": "orac_sk_…",
    "shown": "orac_sk_a1B2…x9Yz",
    "score": 0.71,
    "confidence": 0.82,
    "limit": 10,
    "floor": 0.35,
}
_CODE: Final = re.compile(r"`([^`]+)`")
UUID_EXAMPLE: Final = "6c0f8c2e-2d5b-4a0e-9a53-0a6f5f0c7b1d"
TIME_EXAMPLE: Final = "2026-11-24T12:00:00Z"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `name` is its path in the JSON, `kind` says what may stand there."""

    name: str
    kind: str
    is_required: bool
    words: str


@dataclass(frozen=True, slots=True)
class Shapes:
    """The named shapes of a description, to follow references by."""

    named: Mapping[str, Schema]

    def resolve(self, schema: Schema) -> Schema:
        """The schema itself, wherever it stands."""
        if "$ref" in schema:
            return self.resolve(self.named[schema["$ref"].rpartition("/")[2]])
        if len(schema.get("allOf", ())) == 1:
            return {**self.resolve(schema["allOf"][0]), **_but(schema, "allOf")}
        return schema

    def variants(self, schema: Schema) -> list[Schema]:
        """The shapes of which one is meant; usually there is one."""
        schema = self.resolve(schema)
        return [self.resolve(each) for each in schema.get("oneOf", [schema])]

    def fields(self, schema: Schema, *, under: str = "") -> Iterator[Field]:
        """Every field, those inside another one after it."""
        schema = self.resolve(schema)
        for name, inner in schema.get("properties", {}).items():
            inner = self.resolve(inner)
            path = f"{under}{name}"
            is_required = name in schema.get("required", ())
            words = with_code(inner.get("description", ""))
            yield Field(path, kind_of(inner), is_required, words)
            if "items" in inner:
                yield from self.fields(inner["items"], under=f"{path}[].")
            yield from self.fields(inner, under=f"{path}.")

    def example(self, schema: Schema, *, name: str = "", only_required: bool = False) -> Any:
        """A value of the shape. Of a request, what has to be sent and no more."""
        schema = self.resolve(schema)
        if "oneOf" in schema:
            return self.example(schema["oneOf"][0], only_required=only_required)
        if name in EXAMPLES:
            return EXAMPLES[name]
        if "properties" in schema:
            return {
                key: self.example(inner, name=key, only_required=only_required)
                for key, inner in schema["properties"].items()
                if not only_required or key in schema.get("required", ())
            }
        if "items" in schema:
            return [self.example(schema["items"], only_required=only_required)]
        return _plain_example(schema)


def with_code(text: str) -> SafeString:
    """Words as HTML, what stands between backticks as code."""
    return mark_safe(_CODE.sub(r"<code>\1</code>", escape(text)))  # noqa: S308 - escaped


def kind_of(schema: Schema) -> str:
    """What may stand there, in words."""
    types = schema.get("type", "object")
    types = [types] if isinstance(types, str) else list(types)
    words = [_KINDS.get(schema.get("format", ""), types[0])]
    if "enum" in schema:
        words = [" or ".join(str(each) for each in schema["enum"] if each not in {"", None})]
    if types[0] == "array":
        words = ["list"]
    bounds = [
        sentence.format(schema[key]) for key, sentence in _BOUNDS if schema.get(key, "") != ""
    ]
    if "null" in types:
        bounds.append("or null")
    return ", ".join([*words, *bounds])


_KINDS: Final = {
    "uuid": "UUID",
    "date-time": "time (ISO 8601)",
    "date": "date",
    "double": "number",
    "binary": "file",
    "uri": "address",
}
_BOUNDS: Final = (
    ("minimum", "from {}"),
    ("maximum", "to {}"),
    ("maxLength", "at most {:,} characters"),
    ("maxItems", "at most {}"),
    ("default", "otherwise {}"),
)


def _plain_example(schema: Schema) -> Any:
    types = schema.get("type", "string")
    first = types if isinstance(types, str) else types[0]
    if "enum" in schema:
        return schema["enum"][0]
    if "null" in types and first != "null" and not isinstance(types, str):
        return None
    if schema.get("format") == "uuid":
        return UUID_EXAMPLE
    if schema.get("format") == "date-time":
        return TIME_EXAMPLE
    return {"integer": 1, "number": 0.5, "boolean": True, "object": {}}.get(first, "")


def _but(schema: Schema, name: str) -> dict[str, Any]:
    return {key: each for key, each in schema.items() if key != name}
