"""That canaries are found, in whatever form they lie."""

import base64
import gzip
import zlib

import pytest

from askorac.testing.canaries import Canaries

FORMS = {
    "clear": lambda text: text.encode(),
    "capitals": lambda text: text.upper().encode(),
    "UTF-16, little end first": lambda text: text.encode("utf-16-le"),
    "UTF-16, big end first": lambda text: text.encode("utf-16-be"),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64, one later": lambda text: base64.b64encode(b"." + text.encode()),
    "base64, two later": lambda text: base64.b64encode(b".." + text.encode()),
    "base64 of addresses": lambda text: base64.urlsafe_b64encode(b"\xff\xfe" + text.encode()),
    "hexadecimal": lambda text: b"\\x" + text.encode().hex().encode(),
    "hexadecimal, after a digit": lambda text: b"7" + text.encode().hex().upper().encode(),
    "hexadecimal of UTF-16": lambda text: b"\\x" + text.encode("utf-16").hex().encode(),
    "gzip": lambda text: b"before" + gzip.compress(text.encode()),
    "zlib": lambda text: b"before" + zlib.compress(text.encode()) + b"after",
    "a byte after eight": lambda text: b"\0".join(
        text.encode()[at : at + 8] for at in range(3, len(text), 8)
    ),
    "its middle": lambda text: text.encode()[8:18],
}


@pytest.mark.parametrize("form", FORMS)
def test_canary_is_found(form: str) -> None:
    canaries = Canaries()
    canaries.sentence("another")
    sentence = canaries.sentence("this")
    assert canaries.found_in(b"\x80" * 5 + FORMS[form](sentence) + b"\x80" * 5) == {"this"}


def test_nothing_is_found_where_none_is() -> None:
    canaries = Canaries()
    canaries.sentence("a door")
    other = Canaries().sentence("a door").encode()
    assert canaries.found_in(other + other.hex().encode() + base64.b64encode(other)) == set()
