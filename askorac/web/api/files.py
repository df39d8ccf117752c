"""Kinds of files that endpoints give: a request may ask for them by `Accept`.

The file itself is no rendering: a view gives it. Errors are JSON all the same.
"""

from rest_framework.renderers import JSONRenderer


class CsvFile(JSONRenderer):
    """Rows as CSV."""

    media_type = "text/csv"
    format = "csv"


class JsonLinesFile(JSONRenderer):
    """One JSON object a line."""

    media_type = "application/x-ndjson"
    format = "jsonl"


class ZipFile(JSONRenderer):
    """An archive."""

    media_type = "application/zip"
    format = "zip"
