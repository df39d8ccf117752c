"""What a source looks like to a program, and the three ways to give one."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from askorac.jobs.models import State
from askorac.net.urls import MOST_URL_CHARACTERS
from askorac.web.api.bodies import Body, Text
from knowledge.models.sources import Kind
from knowledge.naming import MOST_ID_CHARACTERS, MOST_TEXT_CHARACTERS

EXTERNAL_ID = "Your own id of it, once in a project. Given again, it replaces the content."


class ProgressShape(serializers.Serializer[Any]):
    """How far the reading of a source is."""

    done = serializers.IntegerField(help_text="Chunks stored so far.")
    total = serializers.IntegerField(help_text="Chunks there will be; 0 while that is unknown.")
    percent = serializers.IntegerField()

    class Meta:
        ref_name = "Progress"


class SourceShape(serializers.Serializer[Any]):
    """A file, a web page or a text."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Kind.choices)
    name = serializers.CharField()
    url = serializers.CharField(help_text="Of a page; else empty.")
    external_id = serializers.CharField(help_text="Your own id of it, or empty.")
    size_bytes = serializers.IntegerField()
    chunk_count = serializers.IntegerField(help_text="How many chunks can be found.")
    state = serializers.ChoiceField(State.choices)
    reason = serializers.CharField(help_text="Why it failed, and what to do; else empty.")
    progress = ProgressShape(source="*")
    created_at = serializers.DateTimeField()
    fetched_at = serializers.DateTimeField(allow_null=True, help_text="Of a page.")

    class Meta:
        ref_name = "Source"


@extend_schema_field(OpenApiTypes.BINARY)
class Upload(serializers.FileField):
    """A file of a form."""


class NewFile(Body):
    """A file, as a form."""

    file = Upload(max_length=1000, help_text="With its name: its ending helps to read it.")
    external_id = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=MOST_ID_CHARACTERS,
        help_text=EXTERNAL_ID,
    )


class NewPage(Body):
    """A web page."""

    url = Text(max_length=MOST_URL_CHARACTERS, help_text="An address that is open to anybody.")
    external_id = Text(
        required=False,
        default="",
        allow_blank=True,
        max_length=MOST_ID_CHARACTERS,
        help_text=EXTERNAL_ID,
    )


class NewText(Body):
    """A text."""

    title = Text(max_length=255, help_text="Answers cite the text by it.")
    text = Text(
        max_length=MOST_TEXT_CHARACTERS,
        trim_whitespace=False,
        help_text="Plain text or Markdown.",
    )
    external_id = Text(
        required=False,
        default="",
        allow_blank=True,
        max_length=MOST_ID_CHARACTERS,
        help_text=EXTERNAL_ID,
    )


NEW_SOURCE = {
    "application/json": PolymorphicProxySerializer(
        component_name="NewSource",
        serializers=[NewText, NewPage],
        resource_type_field_name=None,
    ),
    "multipart/form-data": NewFile,
}
