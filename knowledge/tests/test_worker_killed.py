"""A worker killed in mid-work, and Redis emptied under it: nothing is lost, nothing is doubled."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.tenancy.context import tenant
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour, Exchange
from askorac.testing.people import Customer
from askorac.testing.product import Process, stop_all
from askorac.testing.wire_server import running
from knowledge import sources
from knowledge.models import Chunk
from projects.models import Project

pytestmark = pytest.mark.long
SHEDS = 400
TEXT = "\n\n".join(f"Shed {number} holds rope. " * 45 for number in range(SHEDS)).encode()
BATCH = 256  # what was embedded and not yet stored when the worker died
PATIENCE_SECONDS = 180.0
LAST = f"Shed {SHEDS - 1} holds"


def job_of(customer: Customer) -> Job:
    with tenant(customer.id):
        return Job.objects.get(kind=sources.INGEST_SOURCE)


def wait_until(customer: Customer, state: str, *, at_least: int = 0) -> Job:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        job = job_of(customer)
        if job.state == state and job.done >= at_least:
            return job
        if time.monotonic() > until:
            pytest.fail(f"the job is {job.state} at {job.done} of {job.total}: {job.reason}")
        time.sleep(0.02)


class Halting(Exchange):
    """Embeds all batches but the last, until it may go on: in that one the worker dies."""

    async def answer_otherwise(self) -> bool:
        if LAST in str(self.request.body["input"]):
            await self._wait_to_go_on()
        return await super().answer_otherwise()


def test_worker_killed_and_redis_emptied(
    organization: Customer, project: Project, tmp_path: Path
) -> None:
    behaviour = Behaviour(is_lifelike=False)
    with running(OpenAIServer(exchange=Halting, behaviour=behaviour)) as provider:
        environment = {
            **os.environ,
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_BASE_URL": provider.base_url,
        }
        celery = ("-m", "celery", "-A", "askorac")
        work = (*celery, "worker", "--concurrency=1", "--pool=prefork")
        tick = (*celery, "beat", f"--schedule={tmp_path / 'beat'}", "--pidfile=")
        worker = Process("worker", work, environment, tmp_path / "worker.log")
        beat = Process("beat", tick, environment, tmp_path / "beat.log")
        try:
            worker.start()
            with tenant(organization.id):
                sources.add_file(
                    project=project,
                    upload=SimpleUploadedFile("sheds.txt", TEXT),
                    by=organization.actor,
                    now=timezone.now(),
                )
            killed_at = wait_until(organization, State.PROCESSING, at_least=BATCH + 1)
            worker.kill()
            behaviour.go_on.set()
            redis.Redis.from_url(settings.REDIS_URL).flushall()
            assert job_of(organization).state == State.PROCESSING
            with tenant(organization.id):
                expired = timezone.now() - timedelta(seconds=1)
                Job.objects.update(lease_expires_at=expired, due_at=expired)
            beat.start()  # what sweeps
            worker.start()
            done = wait_until(organization, State.READY)
        finally:
            stop_all([beat, worker])
    assert 0 < killed_at.done < killed_at.total == done.done
    assert (done.attempts, done.fence) == (2, 2)
    with tenant(organization.id):
        ordinals = list(Chunk.objects.order_by("ordinal").values_list("ordinal", "is_live"))
    assert ordinals == [(number, True) for number in range(done.total)]
    answered = [each for each in provider.requests if each.outcome == "complete"]
    paid = sum(len(each.body["input"]) for each in answered)
    assert paid - done.total <= BATCH
