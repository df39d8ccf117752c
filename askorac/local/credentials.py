"""`<data folder>/environment`: the addresses and secrets of the embedded engines.

NAME=value lines, readable by their owner only. Lines that we do not write are kept, so it is
also a place for a setting of one's own. A real environment variable wins over a line here.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

DATABASE = "askorac"
DATABASE_ROLES = {
    "DATABASE_URL": "orac_app",
    "DATABASE_OWNER_URL": "orac_owner",
    "DATABASE_ACCOUNTS_URL": "orac_accounts",
    "DATABASE_STAFF_URL": "orac_staff",
}


def read(folder: Path) -> dict[str, str]:
    """The settings in the file of this data folder; none if there is no file yet."""
    path = folder / "environment"
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def write(folder: Path, values: Mapping[str, str]) -> None:
    """Replace the file at once, so that nobody reads half of it."""
    path = folder / "environment"
    unfinished = path.with_name(f"environment.{os.getpid()}")
    unfinished.touch(mode=0o600)
    lines = (f"{name}={value}\n" for name, value in values.items())
    unfinished.write_text("".join(lines), encoding="utf-8")
    unfinished.replace(path)


def password_in(url: str | None) -> str:
    """The password in an address, or a new one if there is no address yet."""
    password = urlsplit(url).password if url else None
    return unquote(password) if password else secrets.token_urlsafe(32)


def port_in(url: str | None) -> int | None:
    """The port in an address, if there is one."""
    return urlsplit(url).port if url else None


def database_url(role: str, password: str, port: int) -> str:
    """The address of our database on the embedded PostgreSQL, for one role."""
    return f"postgresql://{role}:{quote(password)}@127.0.0.1:{port}/{DATABASE}"


def redis_url(password: str, port: int) -> str:
    """The address of the embedded Valkey."""
    return f"redis://:{quote(password)}@127.0.0.1:{port}/0"


def keys_url(folder: Path) -> str:
    """The address of the keys that lie in a folder."""
    return f"local://{quote(str(folder))}"
