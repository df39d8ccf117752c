"""Numbers and times as pages show them."""

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html

from askorac.web.templatetags.interface import bytesize, initials, relative, thousands

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-30), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=30), "30 days ago"),
        (timedelta(days=31), "24 Oct 2026"),
    ],
)
def test_relative_time(age: timedelta, words: str) -> None:
    assert relative(NOW - age, now=NOW) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (None, ""),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (2_440_000, "2.4 MB"),
        (50_000_000, "50 MB"),
    ],
)
def test_bytesize(size: int | None, words: str) -> None:
    assert bytesize(size) == words


def test_thousands() -> None:
    assert [thousands(number) for number in (None, 0, 1234567)] == ["", "0", "1,234,567"]


@pytest.mark.parametrize(
    ("name", "letters"),
    [("", "?"), ("mara", "M"), ("Mara van Lindqvist", "ML"), ("王 芳", "王芳")],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_selects_are_those_of_django() -> None:
    groups = [("Fruit", [(1, "<Apple>"), ("b", "Pear")]), ("", "None"), (None, "Unknown")]
    for chooser in (
        forms.Select(attrs={"required": True, "title": '"'}, choices=groups),
        forms.SelectMultiple(choices=groups),
    ):
        for value in (None, 1, "b", [1, "b"]):
            ours = chooser.render("name", value, {"id": "x"})
            theirs = chooser.render("name", value, {"id": "x"}, renderer=DjangoTemplates())
            assert parse_html(ours) == parse_html(theirs), value
