"""`make test` and `make lint`: every check of the code, then every test.

    python -m askorac.testing.check [--only-lint]

The checks run side by side, and their findings are shown one after the other. The tests start when
the quick checks have found nothing; the slow ones end beside them, on what the tests leave of the
machine while they wait. Nothing is skipped: what the machine lacks is installed or named.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import IO, Self

from askorac.environment import BASE_DIR
from askorac.local import leash

from .browser import ensure_chromium
from .missing import Missing
from .node import Node, ensure_node, ensure_tools, tsc_command
from .proxy import ensure_caddy, ensure_scanner

PYTHON = sys.executable
FOUND = "The checks found something; it stands above."
# Three at a time on two cores, since tests of the whole product wait as long as they work. A file
# stays together, and the files begin in the order of askorac.testing.order.
TESTS = [PYTHON, "-m", "pytest", "--numprocesses=3", "--dist=loadfile", "--no-loadscope-reorder"]
IMPORTS = "from importlinter.cli import lint_imports_command as main; main()"


@dataclass(frozen=True, slots=True)
class Check:
    """One command and what it looks at."""

    subject: str
    command: list[str]
    is_slow: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """A check at work, with its findings in a file: a pipe that nobody empties would stop it."""

    check: Check
    at: float
    findings: IO[str]
    process: "subprocess.Popen[str]"

    @classmethod
    def now(cls, check: Check) -> Self:
        """Begin it."""
        # Settings are read by the type check too, but nothing is opened with them.
        environment = {"SECRET_KEY": "for the type check only", **os.environ}
        findings = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it is open as long as the check
        process = subprocess.Popen(
            check.command,
            cwd=BASE_DIR,
            env=environment,
            stdout=findings,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return cls(check, time.monotonic(), findings, process)

    def finds_nothing(self) -> bool:
        """Whether that is how it ends; what it finds is printed."""
        passed = self.process.wait() == 0
        seconds = time.monotonic() - self.at
        said = "fine" if passed else "FOUND"
        print(f"{self.check.subject:<10} {said} ({seconds:.0f} s)", flush=True)
        if not passed:
            self.findings.seek(0)
            print(self.findings.read(), flush=True)
        return passed


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
    begun = [Begun.now(check) for check in checks(node)]
    beside = [] if chromium is None else [each for each in begun if each.check.is_slow]
    if not nothing_is_found([each for each in begun if each not in beside]):
        for each in beside:
            each.process.kill()
            each.process.wait()
        sys.exit(FOUND)
    if chromium is None:
        return
    print(f"Tests, with {chromium.path}", flush=True)
    failed = subprocess.run(TESTS, cwd=BASE_DIR).returncode
    if not nothing_is_found(beside):
        sys.exit(FOUND)
    sys.exit(failed)


def nothing_is_found(begun: list[Begun]) -> bool:
    """Whether that is how all of them end; what each finds is printed."""
    return sum([not each.finds_nothing() for each in begun]) == 0


def checks(node: Node) -> list[Check]:
    """All of them, in the order in which their findings are shown."""
    ruff = [PYTHON, "-m", "ruff"]
    return [
        Check("style", [*ruff, "check", "."]),
        Check("layout", [*ruff, "format", "--check", "."]),
        Check("imports", [PYTHON, "-c", IMPORTS]),
        Check("scripts", tsc_command(node)),
        Check("types", [PYTHON, "-m", "mypy", "--strict"], is_slow=True),
    ]


if __name__ == "__main__":
    main()
