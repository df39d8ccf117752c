"""PostgreSQL's own programs, pg_dump and pg_restore, told by variables, not by arguments."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from askorac.local import programs
from askorac.local.programs import NotRunnable
from askorac.settings import database
from askorac.tenancy.ways import is_on_this_machine

# It holds nothing but the key of signed contexts, which follows from SECRET_KEY.
LEFT_OUT: Final = "orac_private"
_VARIABLES: Final = {
    "hostaddr": "PGHOSTADDR",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


class DumpFailed(Exception):
    """The database could not be dumped or restored; the message says why."""


def dump(url: str, file: Path) -> None:
    """Write the database at an address into `file`. Raises DumpFailed."""
    options = ("--format=custom", f"--exclude-schema={LEFT_OUT}", f"--file={file}")
    _run("pg_dump", options, url, name=urlsplit(url).path.lstrip("/"))


def restore(url: str, name: str, file: Path) -> None:
    """Fill the database `name`, fresh from bootstrap_sql, all of it or nothing.

    `url` is a superuser's, since everything keeps the owner that it had. Raises DumpFailed.
    """
    options = ("--clean", "--if-exists", "--single-transaction", "--exit-on-error")
    _run("pg_restore", (*options, f"--dbname={name}", str(file)), url, name=name)


def _run(program: str, options: Sequence[str], url: str, *, name: str) -> None:
    done = subprocess.run(
        [_found(program, is_near=is_near(url)), "--no-password", *options],
        env=_environment(url, name),
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise DumpFailed(f"{program} says: {done.stderr.strip()[-600:]}")


def is_near(url: str) -> bool:
    """Whether the server is on this machine, and no TLS to it is asked for."""
    login = database(url)
    options = login["OPTIONS"]
    return is_on_this_machine(login) and isinstance(options, dict) and "sslmode" not in options


def _environment(url: str, name: str) -> dict[str, str]:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PGHOST": options.pop("host", None) or parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": name,
        **{_VARIABLES[key]: value for key, value in options.items() if key in _VARIABLES},
    }


def _found(program: str, *, is_near: bool) -> str:
    """The program that comes with the embedded PostgreSQL, else the one on the PATH.

    The embedded one is as new as any server, and speaks no TLS: what is far never goes by it.
    """
    if is_near:
        with suppress(NotRunnable):
            return str(programs.find_program(programs.POSTGRES, program, account=None))
    if on_path := shutil.which(program):
        return on_path
    raise DumpFailed(
        f"{program} is missing. Install PostgreSQL's client programs, of the server's release."
    )
