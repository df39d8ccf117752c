"""An index for our staff, who look for the work that failed last."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("jobs", "0004_open_and_newest")]

    operations = [
        AddIndexConcurrently(
            "Job",
            models.Index(
                fields=["-created_at", "-id"],
                condition=Q(state="failed"),
                name="jobs_failed_newest",
            ),
        ),
    ]
