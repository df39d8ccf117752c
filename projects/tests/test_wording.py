"""What people type as names: what is kept of it, and what is none."""

import pytest
from django.core.exceptions import ValidationError

from projects.wording import one_line, usable_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Help \n desk\t", "Help desk"),
        ("a\0b\x1b[31m", "ab[31m"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\u2067\u200bHarbour\u2069\ufeff", "Harbour"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
        ("a\u200d\u200c\u200db \u200d c\u200d", "a\u200db c"),
        ("Caf\u0065\u0301", "Caf\u0065\u0301"),
    ],
)
def test_line_keeps_what_can_be_seen(typed: str, kept: str) -> None:
    assert one_line(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", " \u3000", "\u202e\u200b", "\u200d", "\u2800", "\u3164 \u3164", "\u0301", "\x07"]
)
def test_name_that_nobody_sees_is_missing(typed: str) -> None:
    with pytest.raises(ValidationError, match="Give it a name"):
        usable_line(typed, most=80, missing="Give it a name.")


@pytest.mark.parametrize("typed", ["\u738b\u82b3", "7", "\U0001f4e6", "-", "\ua78c"])
def test_name_in_any_script_is_one(typed: str) -> None:
    assert usable_line(typed, most=80, missing="Give it a name.") == typed
