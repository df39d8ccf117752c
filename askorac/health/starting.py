"""System checks that stop a start which would not be safe. Each says what to do.

They hold for installations, not for development on one machine: `check --deploy` runs them, and so
do the start of every process and the doctor.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from redis.connection import FALSE_STRINGS

from askorac.environment import read
from askorac.net.addresses import is_here, is_reserved
from askorac.settings import database
from askorac.tenancy.ways import REMEDY, is_on_this_machine, is_private

SHORTEST_SECRET: Final = 32
FEWEST_CHARACTERS: Final = 10  # different ones
EXAMPLES: Final = ("django-insecure", "change", "example", "secret", "password", "askorac")
HINTS: Final = {
    "SECRET_KEY": "Set it to the output of `openssl rand -base64 48`, or name a file in"
    " SECRET_KEY_FILE.",
    "SECRET_KEY_FALLBACKS": "Leave it out there: who guesses it signs as if it were the present"
    " one.",
}
# Networks of proxies are narrower than that: an organization's own, and those of the internet.
WIDEST: Final = {4: 8, 6: 8}
WIDEST_PUBLIC: Final = {4: 12, 6: 28}
# Logins that no process has, only commands.
OF_COMMANDS: Final = ("DATABASE_OWNER_URL", "DATABASE_BACKUP_URL", "DATABASE_SUPERUSER_URL")
PROVIDERS: Final = ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GEMINI_BASE_URL")


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
    given = [("SECRET_KEY", settings.SECRET_KEY)]
    given += [("SECRET_KEY_FALLBACKS", former) for former in settings.SECRET_KEY_FALLBACKS]
    for name, secret in given:
        if secret.lower().startswith(EXAMPLES):
            yield Error(f"{name} is an example that everybody knows.", HINTS[name], id="orac.E033")
        elif len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_CHARACTERS:
            yield Error(f"{name} is short enough to be guessed.", HINTS[name], id="orac.E034")
    if not settings.REDIS_URL:
        yield Error("REDIS_URL is not set.", "Name a Redis or Valkey in it.", id="orac.E035")


def databases() -> Iterator[Error]:
    """Over the network each login has a password, and speaks to a server that is who it says."""
    for subject, login in _logins():
        is_socket = str(login["HOST"] or "/").startswith("/")
        if is_socket and is_on_this_machine(login):
            continue
        if not login["PASSWORD"]:
            hint = "Write the password into its address."
            yield Error(f"{subject} has no password.", hint, id="orac.E036")
        if not is_private(login):
            told = f"{subject} is on another machine, and TLS to it is not verified."
            yield Error(told, REMEDY, id="orac.E037")


def connections() -> Iterator[Error]:
    """Nothing leaves this machine in clear."""
    for place, told, hint in (
        (_broker(), "Redis is asked", "Write rediss://…?ssl_cert_reqs=required into REDIS_URL."),
        (_mail(), "Mail is sent", "Begin EMAIL_URL with smtp+tls:// or smtps://."),
        (_storage(), "Files are stored", "Leave tls=0 out of MEDIA_URL_STORAGE."),
        (_key_service(), "The key service is asked", "Begin KMS_URL with openbao+https://."),
        *(
            (_provider(name), "A provider is asked", f"Begin {name} with https://.")
            for name in PROVIDERS
        ),
    ):
        if place is not None and not is_here(place):
            yield Error(f"{told} on another machine without verified TLS.", hint, id="orac.E038")


def addresses() -> Iterator[Error]:
    """People come by HTTPS, and to a host that is ours."""
    parts = urlsplit(settings.PUBLIC_URL)
    if parts.scheme != "https" and not is_here(parts.hostname):
        hint = "Begin PUBLIC_URL with https:// and put a proxy with TLS before `serve`."
        yield Error("PUBLIC_URL is reached in clear.", hint, id="orac.E039")
    if any(host == "*" or _is_of_all(host) for host in settings.ALLOWED_HOSTS):
        hint = "Name the host of PUBLIC_URL in it."
        yield Error("ALLOWED_HOSTS takes any host.", hint, id="orac.E040")


def proxies() -> Iterator[Error]:
    """Forwarded headers count when our proxy sends them, and never from anywhere."""
    hint = "Name the addresses of the proxy in TRUSTED_PROXIES, such as 127.0.0.1."
    if settings.SECURE and not settings.TRUSTED_PROXIES:
        told = "PUBLIC_URL begins with https, and no proxy is trusted to say who asks."
        yield Error(told, hint, id="orac.E041")
    for network in settings.TRUSTED_PROXIES:
        widest = WIDEST if is_reserved(network) else WIDEST_PUBLIC
        if network.prefixlen < widest[network.version]:
            told = f"TRUSTED_PROXIES names {network}: forwarded headers would count from anywhere."
            yield Error(told, hint, id="orac.E042")


def _is_of_all(host: str) -> bool:
    """Whether it is a whole top-level domain, as `.com` is."""
    return host.startswith(".") and "." not in host.strip(".")


def _logins() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Those that Django knows, and those that only commands have, with what to call them."""
    for alias, login in settings.DATABASES.items():
        yield f"The database “{alias}”", login
    for name in OF_COMMANDS:
        if url := read(name):
            yield f"The database of {name}", database(url)


def _broker() -> str | None:
    """The host of Redis, unless TLS to it is verified. With `rediss` it is, by default."""
    parts = urlsplit(settings.REDIS_URL)
    asked = parse_qs(parts.query)
    is_verified = set(asked.get("ssl_cert_reqs", ["required"])) == {"required"} and all(
        value.upper() not in FALSE_STRINGS for value in asked.get("ssl_check_hostname", [])
    )
    if parts.scheme == "unix" or (parts.scheme == "rediss" and is_verified):
        return None
    return parts.hostname or asked.get("host", [None])[0]


def _provider(name: str) -> str | None:
    parts = urlsplit(getattr(settings, name))
    return parts.hostname if parts.scheme == "http" else None


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
