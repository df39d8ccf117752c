"""Rows with something sealed, for tests of what becomes of their keys."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.sealing import blobs, keyrings
from askorac.tenancy.context import tenant
from askorac.testing.people import Customer, new_project
from keys.models import DataKey, Provider, ProviderKey
from projects.models import AuditEvent

COUNT = 6


def seal_rows(customer: Customer) -> None:
    """Six rows with a sealed value each."""
    now = timezone.now()
    for number in range(COUNT // len(Provider)):
        project = new_project(customer, f"Project {number}")
        with tenant(customer.id):
            for provider in Provider:
                row = ProviderKey(project_id=project.pk, provider=provider, label="Account")
                row.fingerprint, row.set_by, row.set_at, row.created_at = "f" * 16, "Ada", now, now
                row.key = secret(number, provider)
                row.save()


def secret(number: int, provider: str) -> str:
    """What is sealed in a row."""
    return f"sk-{provider}-{number}"


def opened(customer: Customer) -> set[str]:
    """What the rows hold, all opened."""
    with tenant(customer.id):
        return {row.key.open() for row in ProviderKey.objects.all()}


def everything() -> set[str]:
    """What `opened` is to be."""
    return {secret(number, provider) for number in range(2) for provider in Provider}


def versions(customer: Customer) -> list[int]:
    """The versions of the data key that the rows are sealed with."""
    with tenant(customer.id):
        rows = [row.key.blob for row in ProviderKey.objects.all()]
    return sorted(blobs.version_of(blob) for blob in rows if blob)


def data_keys(customer: Customer, purpose: str = "content") -> list[int]:
    """The versions of a key that are kept."""
    with tenant(customer.id):
        kept = DataKey.objects.filter(purpose=purpose).order_by("version")
        return list(kept.values_list("version", flat=True))


def pass_time(customer: Customer, **of: float) -> None:
    """Make the customer's data keys older, as `timedelta` takes it."""
    with tenant(customer.id):
        for row in DataKey.objects.all():
            row.seals_from -= timedelta(**of)
            row.created_at -= timedelta(**of)
            row.save()
    keyrings.forget(customer.id)


def forget_trail(customer: Customer) -> None:
    """Delete the audit events, as only the database's owner can: their keys are kept else."""
    with tenant(customer.id, using="owner"):
        AuditEvent.objects.using("owner").all().delete()


def do(customer: Customer, kind: str) -> Job:
    """Have the customer's job of a kind done, and see what has become of it."""
    job = job_of(customer, kind)
    with tenant(customer.id):
        Job.objects.filter(pk=job.pk, state=State.PROCESSING).update(
            lease_expires_at=timezone.now() - timedelta(seconds=1)
        )
    run_job(str(customer.id), str(job.pk))
    return job_of(customer, kind)


def job_of(customer: Customer, kind: str) -> Job:
    """The customer's job of a kind."""
    with tenant(customer.id):
        return Job.objects.get(kind=kind)
