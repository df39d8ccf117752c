"""Make `.venv` and install pinned requirements into it, unless that was done already.

    python -m askorac.local.install REQUIREMENTS

Runs under the system's Python, before anything is installed: the standard library only.
"""

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
DATA = ROOT / ".data"
PYTHON = VENV / "bin" / "python"
LINES_SHOWN = 15
COUNT_STEP = 20
# How pip begins a line about the next package, wherever that comes from.
FOUND = ("Collecting ", "Processing ", "Requirement already satisfied: ")


def main() -> None:
    """Install the requirements file named on the command line."""
    requirements = ROOT / sys.argv[1]
    try:
        DATA.mkdir(mode=0o700, exist_ok=True)
        with (DATA / "install.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            install(requirements)
    except PermissionError as error:
        sys.exit(f"{error.filename} belongs to another user: use a clone of your own.")


def install(requirements: Path) -> None:
    """Bring `.venv` to what `requirements` says; exits with one line if that is impossible."""
    if not works():
        make_venv()
    stamp = VENV / f"installed-{requirements.name}"
    fingerprint = fingerprint_of(requirements)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == fingerprint:
        return
    stamp.unlink(missing_ok=True)
    run_pip(requirements)
    stamp.write_text(fingerprint, encoding="utf-8")


def works() -> bool:
    """Whether `.venv` is there and its Python still starts (an upgrade may have removed it)."""
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL).returncode == 0


def make_venv() -> None:
    """Make `.venv` with the Python that runs this."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            f"This Python {version} came without venv. Install it "
            f"(on Debian: apt-get install python{version}-venv), then run this again."
        )
    print(f"Making .venv with Python {version}", flush=True)
    if subprocess.run([sys.executable, "-m", "venv", "--clear", VENV]).returncode != 0:
        sys.exit("Python could not make .venv; what it said stands above.")


def fingerprint_of(requirements: Path) -> str:
    """A hash of the file and of those that it includes."""
    digest = hashlib.sha256()
    for path in with_included(requirements):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def with_included(requirements: Path) -> list[Path]:
    """`requirements` and the files that its `-r` lines name."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    included = [line.split(maxsplit=1)[1] for line in lines if line.startswith("-r ")]
    return [requirements, *(requirements.parent / name for name in included)]


def run_pip(requirements: Path) -> None:
    """Install, counting along; what pip says is shown only if it fails."""
    total = sum(pinned_count(path) for path in with_included(requirements))
    print(f"Installing {total} pinned packages; the first time takes a minute or two", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    with subprocess.Popen(
        [*command, "--progress-bar=off", "-r", str(requirements)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as pip:
        assert pip.stdout is not None
        last = deque(counted(pip.stdout, total), maxlen=LINES_SHOWN)
    if pip.returncode != 0:
        sys.exit("".join(["Installing failed. The last lines that pip wrote:\n", *last]))


def pinned_count(requirements: Path) -> int:
    """How many packages the file pins."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return sum("==" in line.split("#")[0] for line in lines)


def counted(lines: Iterable[str], total: int) -> Iterator[str]:
    """Pass pip's lines on, and print how far it is."""
    found = 0
    for line in lines:
        if line.startswith(FOUND):
            found += 1
            if found % COUNT_STEP == 0:
                print(f"  {min(found, total)} of {total}", flush=True)
        elif line.startswith("Installing collected packages"):
            print("  unpacking them", flush=True)
        yield line


if __name__ == "__main__":
    main()
