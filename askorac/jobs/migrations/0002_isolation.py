"""Policies, grants and composite keys of this app's tables."""

from django.db import migrations

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.lookups import DUE_WORK
from askorac.tenancy.operations import DefineLookup, Isolate


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
