"""Which web origins a project answers."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

_HOST = re.compile(
    r"^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    r"(?::[0-9]{1,5})?$"
)


def normalise_domain(text: str) -> str:
    """`https://Shop.Example/path` → `shop.example`; a port and a leading `*.` are kept.

    Raises ValidationError, which says what a domain looks like.
    """
    text = text.strip().lower()
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host = parts.netloc.rpartition("@")[2].rstrip(".")
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:  # brackets that are none of an address, or what no name can be made of
        host = ""
    if not host or len(host) > 253 or not _HOST.match(host):
        raise ValidationError(
            "“%(domain)s” is not a domain. Write it like shop.example or *.example.com.",
            params={"domain": text[:80]},
        )
    return host


def is_allowed_origin(origin: str | None, *, allowed: list[str]) -> bool:
    """Whether a public door answers a page of this origin: an allowed domain, or a page of ours.

    A missing, opaque (`null`) or malformed Origin is refused. A domain without a port allows the
    standard ports; on localhost, which only a developer's own browser reaches, any port.
    """
    if not origin:
        return False
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return False
    if origin.lower() == settings.PUBLIC_URL.lower():
        return True
    return any(_matches(parts.netloc, parts.hostname, domain) for domain in allowed)


def _matches(netloc: str, hostname: str, domain: str) -> bool:
    name, _, port = domain.partition(":")
    if port and netloc != f"{hostname}:{port}":
        return False
    if not port and ":" in netloc and name not in {"localhost", "127.0.0.1"}:
        return False
    if name.startswith("*."):
        return hostname.endswith(name[1:])
    return hostname == name
