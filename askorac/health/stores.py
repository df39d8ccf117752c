"""The doctor looks at the environment, the database, the broker, and where files and keys lie."""

import uuid
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.core.checks import Tags, run_checks
from django.http.request import validate_host
from redis import Redis, RedisError

from askorac.environment import read
from askorac.sealing import SealFault
from askorac.settings import database
from askorac.tenancy import catalog
from askorac.tenancy.agreement import DISBELIEVED, REMEDY
from askorac.tenancy.isolation import ACCOUNTS, APP, OWNER, STAFF
from askorac.tenancy.ways import WayInClear
from keys.layers import installation_service
from keys.services import UnusableAddress
from knowledge import files

from .examination import Finding, ill, well
from .readiness import is_signature_believed, missing_migrations
from .sessions import PATIENCE, session

ADDRESSES: Final = {
    "DATABASE_URL": APP,
    "DATABASE_ACCOUNTS_URL": ACCOUNTS,
    "DATABASE_STAFF_URL": STAFF,
    "DATABASE_OWNER_URL": OWNER,
}
OURS: Final = "orac."
# What the look at the keys finds too, or the missing addresses above.
BY_OTHERS: Final = {"orac.E020", "orac.E021", "orac.E035"}
SHOWN: Final = 5


def environment() -> Iterator[Finding]:
    """What has to be set is set, and fits together."""
    missing = [name for name in (*ADDRESSES, "REDIS_URL", "KMS_URL") if not read(name)]
    if missing:
        remedy = "Set them, or start the embedded engines with `make run`."
        yield ill("Environment", f"{', '.join(missing)} not set", remedy)
    else:
        yield well("Environment", "every address is set")
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if not validate_host(host, settings.ALLOWED_HOSTS):
        yield ill("ALLOWED_HOSTS", f"does not name {host}", "Add the host of PUBLIC_URL to it.")
    is_deployed = not settings.DEVELOPMENT
    for error in run_checks(tags=[Tags.security], include_deployment_checks=is_deployed):
        if error.is_serious() and str(error.id).startswith(OURS) and error.id not in BY_OTHERS:
            yield ill("Settings", error.msg, error.hint or "Mend it first.")


def logins() -> Iterator[Finding]:
    """Each role logs in as itself, and none is a superuser."""
    for name, role in ADDRESSES.items():
        if read(name):
            yield _login(name, role)


def _login(name: str, role: str) -> Finding:
    subject = f"Database login {role}"
    try:
        with session(database(read(name))) as connection:
            row = connection.execute(
                "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except WayInClear as error:
        return ill(subject, "is on another machine without verified TLS", str(error))
    except psycopg.Error as error:
        remedy = f"Start PostgreSQL, or mend {name}; `manage.py bootstrap_sql` prints the roles."
        return ill(subject, _why(error), remedy)
    if row != (role, False):
        return ill(subject, "is another role or a superuser", f"Let {name} log in as {role}.")
    return well(subject, "logs in")


def schema() -> Iterator[Finding]:
    """Version and extension, migrations, and whether the database isolates as declared."""
    with session(settings.DATABASES["default"]) as connection:  # gives up sooner than the pool
        missing = missing_migrations(connection)
        is_ours = missing > 0 or is_signature_believed(connection)
    yield from _listed(
        "PostgreSQL", list(catalog.server("default")), "version, pgvector and log settings fit"
    )
    if missing:
        yield ill("Migrations", f"{missing} not applied", "Run `manage.py migrate`.")
        return
    yield well("Migrations", "all applied")
    if is_ours:
        yield well("Signature", "the database believes what SECRET_KEY signs")
    else:
        yield ill("Signature", DISBELIEVED, REMEDY)
    yield from _listed("Isolation", catalog.violations(), "the database isolates as declared")


def broker() -> Iterator[Finding]:
    """Redis answers."""
    try:
        with Redis.from_url(settings.REDIS_URL, **PATIENCE) as redis:
            redis.ping()
    except (RedisError, ValueError) as error:
        yield ill("Redis", _why(error), "Start Redis or Valkey, or mend REDIS_URL.")
    else:
        yield well("Redis", "answers")


def storage() -> Iterator[Finding]:
    """A file is written, read and removed where uploads lie."""
    name, text = f"doctor/{uuid.uuid4()}", b"written by the doctor"
    try:
        is_same = files.is_true(name, text)
    except Exception as error:  # noqa: BLE001 - each storage has exceptions of its own
        remedy = "Let this process write there: the data folder, or what MEDIA_URL_STORAGE names."
        yield ill("Storage", f"can't be written ({type(error).__name__})", remedy)
        return
    if is_same:
        yield well("Storage", "writes, reads and removes")
    else:
        yield ill("Storage", "gives back something else", "Look whether two storages share it.")


def keys() -> Iterator[Finding]:
    """The key service wraps and unwraps."""
    try:
        installation_service().check()
    except (UnusableAddress, SealFault) as fault:
        yield ill("Keys", "the key service can't be used", fault.sentence)
    else:
        yield well("Keys", "the key service wraps and unwraps")


def _listed(subject: str, wrong: list[str], fine: str) -> Iterator[Finding]:
    if not wrong:
        yield well(subject, fine)
        return
    more = f" ({len(wrong) - SHOWN} more)" if len(wrong) > SHOWN else ""
    told = f"{len(wrong)} thing{'s' if len(wrong) > 1 else ''} wrong{more}"
    yield ill(subject, told, "\n    ".join(wrong[:SHOWN]))


def _why(error: Exception) -> str:
    """Without its message, which may repeat an address with its password."""
    if isinstance(error, psycopg.OperationalError) and "password" in str(error):
        return "the password is refused"
    return f"can't be reached ({type(error).__name__})"
