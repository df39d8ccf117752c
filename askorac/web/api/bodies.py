"""What a request may carry: JSON of a bounded size, text that the database can keep, and no field
that nobody asked for."""

import json
from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser

from askorac.web.bounds import MOST_JSON_BYTES

from .problems import TOO_LARGE, Problem, Refused

NOT_JSON: Final = "The body is not JSON: {reason}."
UNKNOWN: Final = "There is no field of this name here."
NOT_TEXT: Final = "This is not text that can be kept: it has a NUL or half a character in it."
TOO_DEEP: Final = "The JSON is nested too deeply."


class JSONBody(BaseParser):
    """JSON (RFC 8259) in UTF-8, of at most MOST_JSON_BYTES."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Raises ParseError, or Refused for a body that is too large."""
        raw = stream.read(MOST_JSON_BYTES + 1)
        if len(raw) > MOST_JSON_BYTES:
            raise Refused(Problem(413, TOO_LARGE))
        try:
            body = json.loads(raw.decode(), parse_constant=_no_constant)
            if is_unkeepable(body):
                raise ParseError(NOT_TEXT)
        except UnicodeDecodeError:
            raise ParseError(NOT_JSON.format(reason="it is not UTF-8")) from None
        except json.JSONDecodeError as error:
            raise ParseError(NOT_JSON.format(reason=f"{error.msg} at {error.pos}")) from None
        except RecursionError:
            raise ParseError(TOO_DEEP) from None
        except ValueError:  # a number of too many digits, or NaN
            raise ParseError(NOT_JSON.format(reason="it has a number that is none")) from None
        return body


class FormBody(MultiPartParser):
    """Files and fields of a form."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Raises ParseError, or what Django raises for a form that is too large."""
        form = super().parse(stream, media_type, parser_context)
        if is_unkeepable(dict(form.data.lists())):
            raise ParseError(NOT_TEXT)
        return form


class Body(serializers.Serializer[Any]):
    """The fields of a request, JSON or query. What it does not name is refused by name."""

    def to_internal_value(self, data: Any) -> Any:
        """Raises ValidationError for all that is wrong, unknown fields included."""
        unknown = self._unknown(data)
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            if not unknown or not isinstance(error.detail, dict):
                raise
            raise ValidationError({**error.detail, **unknown}) from None
        if unknown:
            raise ValidationError(unknown)
        return value

    def _unknown(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            return {}
        known = {name for name, each in self.fields.items() if not each.read_only}
        return {str(name): [UNKNOWN] for name in data if name not in known}


class Text(serializers.CharField):
    """A string of JSON; nothing else is made into one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Id(serializers.UUIDField):
    """A UUID as a string of JSON; the framework's takes numbers, and with them true and false."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class Number(serializers.FloatField):
    """A number of JSON; no string, true or false is made into one."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool | str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number of JSON; no string, true or false is made into one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool | str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """True or false; the framework's takes 0, "yes" and "off" as well."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


def read_query(request: HttpRequest, body: type[Body] | None) -> Any:
    """The parameters behind the question mark, as `body` has them; without one there are none.

    Raises ValidationError for what is wrong or unknown.
    """
    asked = (body or Body)(data=request.GET.dict())
    asked.is_valid(raise_exception=True)
    return asked.validated_data


def is_unkeepable(value: Any) -> bool:
    """Whether a string in it, or a name, has a NUL or a surrogate that stands alone."""
    match value:
        case str():
            return "\0" in value or any("\ud800" <= each <= "\udfff" for each in value)
        case dict():
            return any(is_unkeepable(key) or is_unkeepable(each) for key, each in value.items())
        case list():
            return any(is_unkeepable(each) for each in value)
    return False


def _no_constant(name: str) -> Any:
    raise ValueError(name)
