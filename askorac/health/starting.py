"""System checks that stop a start which would not be safe. Each says what to do.

They hold for installations, not for development on one machine: `check --deploy` runs them, and so
do the start of every process and the doctor.
"""

from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Network, ip_address
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

SHORTEST_SECRET: Final = 32
FEWEST_CHARACTERS: Final = 10  # different ones
EXAMPLES: Final = ("django-insecure", "change", "example", "secret", "password", "askorac")
# Networks of proxies are narrower than that.
WIDEST: Final = {4: 8, 6: 16}
VERIFIED: Final = "verify-full"

_AS_OF_POSTGRES: Final = (
    "End its address with ?sslmode=verify-full&sslrootcert=/path/to/ca.pem, or use a database on"
    " this machine."
)


@register(Tags.security)
def check_development(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What is for one machine stays on it."""
    if not settings.DEVELOPMENT or is_here(urlsplit(settings.PUBLIC_URL).hostname):
        return []
    return [
        Error(
            "DEVELOPMENT is 1, and PUBLIC_URL is an address that others reach.",
            "Leave DEVELOPMENT out: it opens a demo login and makes keys by itself.",
            id="orac.E030",
        )
    ]


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Secrets, debugging, connections in clear, and whose forwarded headers are believed."""
    rules: tuple[Callable[[], Iterator[Error]], ...] = (
        debugging,
        secrets,
        databases,
        connections,
        addresses,
        proxies,
    )
    return [error for rule in rules for error in rule()]


def debugging() -> Iterator[Error]:
    """Neither for strangers to see."""
    if settings.DEBUG:
        yield Error("DEBUG is on: errors show settings and code.", "Set it off.", id="orac.E031")
    if settings.DEVELOPMENT:
        yield Error(
            "DEVELOPMENT is 1, which is for one machine only.",
            "Leave DEVELOPMENT out of the environment.",
            id="orac.E032",
        )


def secrets() -> Iterator[Error]:
    """Each is there, and can't be guessed."""
    made = "Set it to the output of `openssl rand -base64 48`, or name a file in SECRET_KEY_FILE."
    secret = str(settings.SECRET_KEY)
    if secret.lower().startswith(EXAMPLES):
        yield Error("SECRET_KEY is an example that everybody knows.", made, id="orac.E033")
    elif len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_CHARACTERS:
        yield Error("SECRET_KEY is short enough to be guessed.", made, id="orac.E034")
    if not settings.REDIS_URL:
        yield Error("REDIS_URL is not set.", "Name a Redis or Valkey in it.", id="orac.E035")


def databases() -> Iterator[Error]:
    """Over the network each login has a password, and speaks to a server that is who it says."""
    for alias, database in settings.DATABASES.items():
        host = str(database["HOST"])
        subject = f"The database “{alias}”"
        if not host or host.startswith("/"):
            continue
        if not database["PASSWORD"]:
            hint = "Write the password into its address."
            yield Error(f"{subject} has no password.", hint, id="orac.E036")
        options = database["OPTIONS"]
        is_verified = isinstance(options, dict) and options.get("sslmode") == VERIFIED
        if not is_here(host) and not is_verified:
            told = f"{subject} is on another machine, and TLS to it is not verified."
            yield Error(told, _AS_OF_POSTGRES, id="orac.E037")


def connections() -> Iterator[Error]:
    """Nothing leaves this machine in clear."""
    for place, told, hint in (
        (_broker(), "Redis is asked", "Write rediss://…?ssl_cert_reqs=required into REDIS_URL."),
        (_mail(), "Mail is sent", "Begin EMAIL_URL with smtp+tls:// or smtps://."),
        (_storage(), "Files are stored", "Leave tls=0 out of MEDIA_URL_STORAGE."),
        (_key_service(), "The key service is asked", "Begin KMS_URL with openbao+https://."),
    ):
        if place is not None and not is_here(place):
            yield Error(f"{told} on another machine without verified TLS.", hint, id="orac.E038")


def addresses() -> Iterator[Error]:
    """People come by HTTPS, and to a host that is ours."""
    parts = urlsplit(settings.PUBLIC_URL)
    if parts.scheme != "https" and not is_here(parts.hostname):
        hint = "Begin PUBLIC_URL with https:// and put a proxy with TLS before `serve`."
        yield Error("PUBLIC_URL is reached in clear.", hint, id="orac.E039")
    if "*" in settings.ALLOWED_HOSTS:
        hint = "Name the host of PUBLIC_URL in it."
        yield Error("ALLOWED_HOSTS takes any host.", hint, id="orac.E040")


def proxies() -> Iterator[Error]:
    """Forwarded headers count when our proxy sends them, and never from anywhere."""
    hint = "Name the addresses of the proxy in TRUSTED_PROXIES, such as 127.0.0.1."
    if settings.SECURE and not settings.TRUSTED_PROXIES:
        told = "PUBLIC_URL begins with https, and no proxy is trusted to say who asks."
        yield Error(told, hint, id="orac.E041")
    for network in settings.TRUSTED_PROXIES:
        if network.prefixlen < WIDEST[4 if isinstance(network, IPv4Network) else 6]:
            told = f"TRUSTED_PROXIES names {network}: forwarded headers would count from anywhere."
            yield Error(told, hint, id="orac.E042")


def is_here(host: str | None) -> bool:
    """Whether a host is this machine by its name, as loopback addresses and `localhost` are."""
    if host is None or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _broker() -> str | None:
    """The host of Redis, unless TLS to it is verified. With `rediss` it is, by default."""
    parts = urlsplit(settings.REDIS_URL)
    required = dict(parse_qsl(parts.query)).get("ssl_cert_reqs", "required")
    if parts.scheme == "unix" or (parts.scheme == "rediss" and required == "required"):
        return None
    return parts.hostname


def _mail() -> str | None:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return None
    return None if settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL else settings.EMAIL_HOST


def _storage() -> str | None:
    options = settings.STORAGES["default"].get("OPTIONS", {})
    if options.get("use_ssl", True):
        return None
    return urlsplit(options.get("endpoint_url") or "http://amazonaws.com").hostname


def _key_service() -> str | None:
    parts = urlsplit(settings.KMS_URL)
    return parts.hostname if parts.scheme.endswith("+http") else None
