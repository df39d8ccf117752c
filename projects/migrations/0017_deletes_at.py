"""When projects and organizations are deleted, once somebody has asked for it."""

from django.db import migrations, models

from askorac.tenancy.endings import END_ORGANIZATION, IS_ENDING
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import DefineLookup, Isolate


class Migration(migrations.Migration):
    dependencies = [("projects", "0016_retention")]
    operations = [
        migrations.AddField("organization", "deletes_at", models.DateTimeField(null=True)),
        migrations.AddField("project", "deletes_at", models.DateTimeField(null=True)),
        Isolate(
            "Organization",
            Isolation(
                organization_column="id",
                app=("SELECT",),
                accounts=("SELECT", "INSERT", "UPDATE (name, deletes_at)"),
                staff=("id", "name", "created_at", "suspended_at", "deletes_at"),
            ),
        ),
        Isolate(
            "Project",
            Isolation(
                public="project",
                project_column="id",
                staff=(
                    "id",
                    "organization_id",
                    "name",
                    "embedding_space",
                    "created_at",
                    "deletes_at",
                ),
            ),
        ),
        DefineLookup(IS_ENDING),
        DefineLookup(END_ORGANIZATION),
    ]
