"""`make test` and `make lint`: every check of the code, then every test.

    python -m askorac.testing.check [--only-lint]

The checks run side by side, their findings are shown one after the other, and the tests start
only when nothing was found. Nothing is skipped: what the machine lacks is installed or named.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

from askorac.environment import BASE_DIR
from askorac.local import leash

from .browser import ensure_chromium
from .missing import Missing
from .node import Node, ensure_node, ensure_tools, tsc_command
from .proxy import ensure_caddy, ensure_scanner

PYTHON = sys.executable
# Two at a time, since tests of the whole product wait more than they work. A file stays together,
# and the files begin in the order of askorac.testing.order.
TESTS = [PYTHON, "-m", "pytest", "--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder"]
IMPORTS = "from importlinter.cli import lint_imports_command as main; main()"


@dataclass(frozen=True, slots=True)
class Check:
    """One command and what it looks at."""

    subject: str
    command: list[str]


def main() -> None:
    """Run the checks and, unless told otherwise, the tests; exits with 1 if any fails."""
    if "MAKELEVEL" in os.environ:
        leash.end_with_parent(signal.SIGTERM, os.getppid())
    only_lint = "--only-lint" in sys.argv[1:]
    try:
        node = ensure_node()
        ensure_tools(node)
        chromium = None if only_lint else ensure_chromium(node)
        if not only_lint:
            ensure_caddy()
            ensure_scanner()
    except Missing as missing:
        sys.exit(str(missing))
    if not run_checks(node):
        sys.exit("The checks found something; it stands above.")
    if chromium is not None:
        print(f"Tests, with {chromium.path}", flush=True)
        sys.exit(subprocess.run(TESTS, cwd=BASE_DIR).returncode)


def run_checks(node: Node) -> bool:
    """Whether no check finds anything; what they find is printed."""
    # Settings are read by the type check too, but nothing is opened with them.
    environment = {"SECRET_KEY": "for the type check only", **os.environ}
    begun = [(check, time.monotonic(), _begin(check, environment)) for check in checks(node)]
    found_nothing = True
    for check, started_at, process in begun:
        findings, _ = process.communicate()
        seconds = time.monotonic() - started_at
        passed = process.returncode == 0
        print(f"{check.subject:<10} {'fine' if passed else 'FOUND'} ({seconds:.0f} s)", flush=True)
        if not passed:
            print(findings, flush=True)
        found_nothing &= passed
    return found_nothing


def checks(node: Node) -> list[Check]:
    """All of them, the quick ones first."""
    ruff = [PYTHON, "-m", "ruff"]
    return [
        Check("style", [*ruff, "check", "."]),
        Check("layout", [*ruff, "format", "--check", "."]),
        Check("imports", [PYTHON, "-c", IMPORTS]),
        Check("scripts", tsc_command(node)),
        Check("types", [PYTHON, "-m", "mypy", "--strict"]),
    ]


def _begin(check: Check, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        check.command,
        cwd=BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


if __name__ == "__main__":
    main()
