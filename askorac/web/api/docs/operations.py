"""The operations of a description, in groups, as the page shows them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .fields import Field, Shapes, kind_of, with_code

METHODS: Final = ("get", "post", "patch", "put", "delete")
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Body:
    """What a request or an answer carries; `name` tells one from others at the same place."""

    name: str
    media_type: str
    fields: tuple[Field, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer."""

    status: str
    words: str
    bodies: tuple[Body, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address; `curl` asks for it."""

    id: str
    method: str
    path: str
    summary: str
    words: str
    parameters: tuple[Field, ...]
    bodies: tuple[Body, ...]
    answers: tuple[Answer, ...]
    refusals: tuple[str, ...]
    curl: str


@dataclass(frozen=True, slots=True)
class Group:
    """Operations on one kind of thing."""

    name: str
    operations: tuple[Operation, ...]

    @property
    def id(self) -> str:
        """Where the page has it."""
        return "about-" + self.name.lower().replace(" ", "-")


def groups_of(description: Mapping[str, Any], *, server: str) -> tuple[Group, ...]:
    """All operations, in the order of the description."""
    shapes = Shapes(description.get("components", {}).get("schemas", {}))
    groups: dict[str, list[Operation]] = {}
    for path, methods in description["paths"].items():
        for method in METHODS:
            if method in methods:
                found = _operation(shapes, path, method, methods[method], server)
                groups.setdefault(methods[method]["tags"][0], []).append(found)
    return tuple(Group(name, tuple(operations)) for name, operations in groups.items())


def _operation(
    shapes: Shapes, path: str, method: str, operation: Mapping[str, Any], server: str
) -> Operation:
    bodies = tuple(_bodies(shapes, operation.get("requestBody", {}), is_request=True))
    answers = operation["responses"]
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        words=with_code(" ".join(operation.get("description", "").split())),
        parameters=tuple(_parameters(operation)),
        bodies=bodies,
        answers=tuple(
            Answer(status, answer.get("description", ""), tuple(_bodies(shapes, answer)))
            for status, answer in answers.items()
            if status.startswith("2")
        ),
        refusals=tuple(status for status in answers if not status.startswith("2")),
        curl=_curl(method.upper(), server + path, bodies),
    )


def _parameters(operation: Mapping[str, Any]) -> Iterator[Field]:
    for each in operation.get("parameters", ()):
        words = with_code(each.get("description", ""))
        kind = f"{each['in']}, {kind_of(each['schema'])}"
        yield Field(each["name"], kind, each.get("required", False), words)


def _bodies(
    shapes: Shapes, holder: Mapping[str, Any], *, is_request: bool = False
) -> Iterator[Body]:
    for media_type, content in holder.get("content", {}).items():
        for schema in shapes.variants(content.get("schema", {})):
            example = shapes.example(schema, only_required=is_request)
            is_json = media_type == JSON
            yield Body(
                name=schema.get("description", ""),
                media_type=media_type,
                fields=tuple(shapes.fields(schema)),
                example=json.dumps(example, indent=2, ensure_ascii=False) if is_json else "",
            )


def _curl(method: str, address: str, bodies: tuple[Body, ...]) -> str:
    lines = [f'curl{"" if method == "GET" else f" -X {method}"} "{_filled(address)}"']
    lines.append('-H "Authorization: Bearer $ORAC_KEY"')
    if bodies and bodies[0].media_type == JSON:
        lines += ['-H "Content-Type: application/json"', f"-d '{_line(bodies[0].example)}'"]
    elif bodies:
        lines.append('-F "file=@manual.pdf"')
    return " \\\n  ".join(lines)


def _filled(address: str) -> str:
    """`{project_id}` as a variable of the shell."""
    for part in address.split("{")[1:]:
        name = part.partition("}")[0]
        address = address.replace(f"{{{name}}}", f"${name.upper()}")
    return address


def _line(example: str) -> str:
    return json.dumps(json.loads(example), ensure_ascii=False)
