"""A page is found by its address, however that is written, and a dump does not tell which it is."""

import time
from uuid import UUID

import pytest

from askorac.sealing.keyring import Keyring, OpenKeys
from conversations.pages import digest_of_page


def ring(words: bytes) -> Keyring:
    return Keyring(UUID(int=1), OpenKeys({1: (b"k" * 32, time.time())}, words))


OURS = ring(b"w" * 32)
SIZES = "https://shop.example/sizes?a=1#top"


@pytest.mark.parametrize(
    "written",
    ["https://shop.example/sizes", "http://Shop.example/sizes/", " shop.example/sizes?b=2 "],
)
def test_page_is_found_however_its_address_is_written(written: str) -> None:
    assert digest_of_page(OURS, written) == digest_of_page(OURS, SIZES)


@pytest.mark.parametrize("other", ["https://shop.example/", "https://shop.example/Sizes"])
def test_page_is_not_found_by_another_address(other: str) -> None:
    assert digest_of_page(OURS, other) != digest_of_page(OURS, SIZES)


@pytest.mark.parametrize("nothing", ["", "/sizes", "https://", "http://[shop"])
def test_what_is_no_address_finds_nothing(nothing: str) -> None:
    assert digest_of_page(OURS, nothing) is None


def test_page_has_another_digest_under_another_key() -> None:
    assert digest_of_page(OURS, SIZES) != digest_of_page(ring(b"x" * 32), SIZES)
