"""Which pages may carry a project's widget."""

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from projects.domains import is_allowed_origin, normalise_domain


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("shop.example", "shop.example"),
        ("  https://Shop.Example/path?x#y ", "shop.example"),
        ("*.example.com", "*.example.com"),
        ("localhost:8001", "localhost:8001"),
        ("user:pw@shop.example", "shop.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("shop.example.", "shop.example"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_domain_kept_as(given: str, kept: str) -> None:
    assert normalise_domain(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "*",
        "*.",
        "a..b",
        "-a.example",
        "sho p.example",
        "a" * 64 + ".b",
        "*x.example",
        "[",
        "//[x]",
    ],
)
def test_domain_refused(given: str) -> None:
    with pytest.raises(ValidationError):
        normalise_domain(given)


@pytest.mark.parametrize(
    ("origin", "allowed", "answer"),
    [
        ("https://shop.example", ["shop.example"], True),
        ("http://shop.example", ["shop.example"], True),
        ("https://SHOP.example", ["shop.example"], True),
        ("https://[shop.example", ["shop.example"], False),
        ("https://shop.example:8443", ["shop.example"], False),
        ("https://shop.example:8443", ["shop.example:8443"], True),
        ("https://shop.example", ["shop.example:8443"], False),
        ("http://localhost:5000", ["localhost"], True),
        ("https://www.shop.example", ["shop.example"], False),
        ("https://www.shop.example", ["*.shop.example"], True),
        ("https://shop.example", ["*.shop.example"], False),
        ("https://evilshop.example", ["*.shop.example", "shop.example"], False),
        ("https://shop.example.evil.example", ["shop.example"], False),
        ("https://shop.example", [], False),
        ("null", ["null"], False),
        ("", ["shop.example"], False),
        (None, ["shop.example"], False),
        ("file://shop.example", ["shop.example"], False),
        ("https://shop.example:x", ["shop.example"], False),
        (settings.PUBLIC_URL, [], True),
    ],
)
def test_origin(origin: str | None, allowed: list[str], answer: bool) -> None:
    assert is_allowed_origin(origin, allowed=allowed) is answer
