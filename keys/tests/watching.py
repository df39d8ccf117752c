"""A process that goes on opening an organization's content, and says when that changes.

`python -m keys.tests.watching ORGANIZATION` writes `open`, or the code of the fault.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from askorac.environment import BASE_DIR

LOOK_SECONDS = 0.05


@dataclass
class Watch:
    """The process, as its test sees it."""

    popen: subprocess.Popen[str]

    def sees(self, state: str) -> float:
        """The seconds until it said that this is so; fails if it says something else."""
        assert self.popen.stdout is not None
        since = time.monotonic()
        assert self.popen.stdout.readline() == f"{state}\n"
        return time.monotonic() - since


@contextmanager
def watching(organization_id: UUID, **settings: str) -> Iterator[Watch]:
    """A process that watches, with these settings in its environment."""
    popen = subprocess.Popen(
        [sys.executable, "-m", "keys.tests.watching", str(organization_id)],
        cwd=BASE_DIR,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Watch(popen)
    finally:
        popen.terminate()
        popen.communicate()


def _main(organization_id: UUID) -> None:
    import django

    django.setup()
    said = ""
    while True:
        state = _state(organization_id)
        if state != said:
            sys.stdout.write(f"{state}\n")
            sys.stdout.flush()
            said = state
        time.sleep(LOOK_SECONDS)


def _state(organization_id: UUID) -> str:
    from askorac.sealing import SealFault, keyrings
    from askorac.tenancy.context import tenant
    from keys.models import ProviderKey

    try:
        keyrings.of(organization_id)
        with tenant(organization_id):
            ProviderKey.objects.all()[0].key.open()
    except SealFault as fault:
        return fault.code
    return "open"


if __name__ == "__main__":
    _main(UUID(sys.argv[1]))
