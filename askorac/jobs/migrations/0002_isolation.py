"""Policies, grants and composite keys of this app's tables."""

from django.db import migrations

from askorac.tenancy.definers import Lookup
from askorac.tenancy.isolation import APP, Isolation
from askorac.tenancy.operations import DefineLookup, Isolate

# As it was before organizations could be suspended; 0003 has the one of today.
DUE_WORK = Lookup(
    signature="due_work(most integer)",
    returns="TABLE (organization_id uuid, job_id uuid)",
    body=(
        " SELECT j.organization_id, j.id FROM public.jobs_job j"
        " WHERE (j.state = 'queued' AND j.due_at <= statement_timestamp())"
        " OR (j.state = 'processing' AND j.lease_expires_at < statement_timestamp())"
        " ORDER BY j.due_at LIMIT most "
    ),
    reads=(("jobs_job", ("organization_id", "id", "state", "due_at", "lease_expires_at")),),
    callers=(APP,),
)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial"), ("projects", "0002_isolation")]
    operations = [
        Isolate(
            "Job",
            Isolation(
                staff=(
                    "id",
                    "organization_id",
                    "kind",
                    "target_id",
                    "state",
                    "reason",
                    "attempts",
                    "max_attempts",
                    "fence",
                    "lease_expires_at",
                    "done",
                    "total",
                    "due_at",
                    "created_at",
                    "finished_at",
                )
            ),
        ),
        DefineLookup(DUE_WORK),
    ]
