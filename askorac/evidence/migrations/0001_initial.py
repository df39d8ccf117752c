from uuid import uuid4

from django.db import migrations, models
from django.db.models import Q

from askorac.tenancy.global_tables import statements

TABLES = ("evidence_run", "evidence_decoy")


class Migration(migrations.Migration):
    initial = True
    dependencies = [("projects", "0019_chain_of_old_events")]
    operations = [
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("isolation", "Isolation"), ("outside", "Outside")],
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("has_held", models.BooleanField(null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("report", models.JSONField(default=dict)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(kind__in=["isolation", "outside"]), name="run_kind_known"
                    )
                ],
                "indexes": [models.Index(fields=["kind", "-asked_at"], name="runs_newest")],
            },
        ),
        migrations.CreateModel(
            name="Decoy",
            fields=[
                ("organization_id", models.UUIDField(primary_key=True, serialize=False)),
                ("user_id", models.UUIDField()),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(list(statements(*TABLES)), migrations.RunSQL.noop),
    ]
