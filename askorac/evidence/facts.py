"""What is in place here, each with what shows it: read from this installation, not from a text."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings

from askorac.signing.signatures import public_keys
from keys.encryption import service_name
from keys.our_models import NAMES, has_account, our_address
from keys.places import place_of

from .models import Kind, Run
from .runs import last_found, last_run

HERE: Final = "a folder on this server"


@dataclass(frozen=True, slots=True)
class Processor:
    """A company or server that data reaches: who, where, what it is sent, and by whose account."""

    who: str
    host: str
    place: str
    gets: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """The latest look of a kind, and the latest that found something; None where there is none."""

    last: Run | None
    found: Run | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page says."""

    isolation: Look
    outside: Look
    drill: Any
    key_service: str
    data_key_days: int
    signing_keys: list[dict[str, str | None]]
    processors: tuple[Processor, ...]
    storage: str
    contact: str


def read_facts() -> Facts:
    """All of it, in a handful of statements; nobody outside is asked."""
    drills = apps.get_model("recovery", "RestoreDrill")  # of a room above this one
    return Facts(
        isolation=look_at(Kind.ISOLATION, "counts", "seconds", "logins"),
        outside=look_at(Kind.OUTSIDE, "seen", "keys", "url"),
        drill=drills.objects.order_by("-at").first(),
        key_service=service_name(),
        data_key_days=settings.DATA_KEY_DAYS,
        signing_keys=public_keys(),
        processors=tuple(our_processors()),
        storage=storage_host() or HERE,
        contact=contact(),
    )


def look_at(kind: Kind, *names: str) -> Look:
    """The latest of a kind, with these parts of what it found."""
    return Look(last_run(kind), last_found(kind, *names))


def our_processors() -> Iterator[Processor]:
    """Whom the installation itself hands data to."""
    for provider, name in NAMES.items():
        if has_account(provider):
            address = our_address(provider)
            gets = "Questions and passages of projects without a key of their own"
            yield Processor(name, urlsplit(address).netloc, place_of(address), gets)
    yield from our_services()


def our_services() -> Iterator[Processor]:
    """Storage, mail and key service, where they are somebody else's."""
    if host := storage_host():
        yield Processor("Object storage", host, place_of(f"https://{host}"), "Files, sealed")
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        host = settings.EMAIL_HOST
        gets = "Addresses of members, and what is written to them"
        yield Processor("Mail server", host, place_of(f"https://{host}"), gets)
    if host := _key_service_host():
        gets = "Data keys to wrap and unwrap; no content"
        yield Processor(f"Key service: {service_name()}", host, place_of(f"https://{host}"), gets)


def storage_host() -> str:
    """The host of the bucket; empty for a folder."""
    options: Any = settings.STORAGES["default"].get("OPTIONS", {})
    if "bucket_name" not in options:
        return ""
    return urlsplit(options.get("endpoint_url") or "https://s3.amazonaws.com").netloc


def contact() -> str:
    """Whom to write to when something is found, as a URI; empty if nobody was named."""
    named: str = settings.SECURITY_CONTACT or settings.SUPPORT_EMAIL
    return named if not named or ":" in named else f"mailto:{named}"


def _key_service_host() -> str:
    scheme, _, rest = settings.KMS_URL.partition("://")
    if scheme.startswith("local"):
        return ""
    if scheme == "awskms":
        return f"kms.{rest.partition('/')[0]}.amazonaws.com"
    return urlsplit(f"https://{rest}").hostname or ""
