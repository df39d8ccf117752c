"""Child processes that end with us, each in a group of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run: absolute path and arguments, folder, whole environment, and owner.

    `account` is a login name (None: ours); `last_signal` is what the kernel sends the
    program if we are killed; `keep_open` are descriptors that it inherits.
    """

    argv: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    account: str | None = None
    last_signal: signal.Signals = signal.SIGTERM
    keep_open: tuple[int, ...] = field(default=())


def spawn(
    program: Program,
    *,
    output: int | IO[bytes],
    stdin: int | IO[bytes] = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start `program` with both its output streams going to `output`.

    Call it from the main thread: the kernel counts the thread that forked as the parent.
    """
    leash = [sys.executable, "-I", "-S", str(LEASH)]
    terms = [program.last_signal.name, str(os.getpid()), program.account or "-"]
    return subprocess.Popen(
        [*leash, *terms, *program.argv],
        cwd=program.folder,
        env=dict(program.environment),
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=program.keep_open,
        process_group=0,  # so that Ctrl-C reaches us alone, and we stop things in order
    )


def stop(process: subprocess.Popen[bytes], *, by: signal.Signals, within: float) -> None:
    """Signal `process`, and kill its group if it is not gone in `within` seconds."""
    if process.poll() is None:
        process.send_signal(by)
    ended(process, within=within)


def ended(process: subprocess.Popen[bytes], *, within: float) -> bool:
    """Wait `within` seconds for `process` to end, then kill its group; whether it ended itself."""
    try:
        process.wait(timeout=within)
    except subprocess.TimeoutExpired:
        kill_group(process)
        return False
    return True


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what lives of the group that `process` leads, and wait for `process`."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
