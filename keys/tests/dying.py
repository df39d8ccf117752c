"""Does one job in a process of its own, which is killed (SIGKILL) right before a call.

`python -m keys.tests.dying ORGANIZATION JOB keys.resealing:_remove_unused 2`: the second call.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib import import_module
from typing import Any
from uuid import UUID

from askorac.environment import BASE_DIR


def die(organization_id: UUID, job_id: UUID, *, before: str, call: int = 1) -> None:
    """Have the job done by a process that dies, and see that it did."""
    arguments = [str(organization_id), str(job_id), before, str(call)]
    done = subprocess.run(
        [sys.executable, "-m", "keys.tests.dying", *arguments], cwd=BASE_DIR, env=os.environ
    )
    assert done.returncode == -signal.SIGKILL


def _kill_before(place: str, call: int) -> None:
    module_name, _, path = place.partition(":")
    holder: Any = import_module(module_name)
    *outer, name = path.split(".")
    for each in outer:
        holder = getattr(holder, each)
    function, calls = getattr(holder, name), iter(range(1, call + 1))

    def dying(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)

    setattr(holder, name, dying)


def _main(organization_id: str, job_id: str, place: str, call: str) -> None:
    import django

    django.setup()
    from askorac.jobs.tasks import run_job
    from keys import resealing

    resealing.BATCH = 2  # type: ignore[misc]  # so that six rows are three batches
    _kill_before(place, int(call))
    run_job(organization_id, job_id)


if __name__ == "__main__":
    _main(*sys.argv[1:])
