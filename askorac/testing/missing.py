"""What a check needs and the machine lacks, said in one line."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from askorac.environment import BASE_DIR

LINES_SHOWN = 10


class Missing(Exception):
    """Something has to be installed; the message says what."""


def run_quietly(
    command: Sequence[str], *, folder: Path, environment: Mapping[str, str], purpose: str
) -> str:
    """Run an installing command and return what it printed; raises Missing with the end of it."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        end = "\n".join(done.stdout.splitlines()[-LINES_SHOWN:])
        raise Missing(f"{purpose}:\n{end}")
    return done.stdout


def install_debian_package(package: str, *, name: str) -> None:
    """Install a package of Debian, as root; raises Missing with what apt-get said last."""
    print(f"No {name} here: installing Debian's package", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", package]
    for command in (["apt-get", "update"], install):
        run_quietly(
            command,
            folder=BASE_DIR,
            environment=environment,
            purpose=f"apt-get could not install {name}",
        )
