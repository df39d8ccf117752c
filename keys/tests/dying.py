"""Does one job in a process of its own, which is killed (SIGKILL) right before a call."""

from __future__ import annotations

import multiprocessing
import os
import signal
from importlib import import_module
from typing import Any, Final
from uuid import UUID

# Each process is forked off one that has Django at hand, which takes a second or two to get.
PROCESSES: Final = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["keys.tests.django_at_hand"])


def die(organization_id: UUID, job_id: UUID, *, before: str, call: int = 1) -> None:
    """Have the job done by a process that dies before, say, `keys.resealing:_remove_unused` is
    called for the second time, and see that it did."""
    process = PROCESSES.Process(target=_work, args=(organization_id, job_id, before, call))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def _work(organization_id: UUID, job_id: UUID, before: str, call: int) -> None:
    from askorac.jobs.tasks import run_job
    from keys import resealing

    resealing.BATCH = 2  # type: ignore[misc]  # so that six rows are three batches
    _kill_before(before, call)
    run_job(str(organization_id), str(job_id))


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
