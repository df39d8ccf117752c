"""A picture for each project's assistant."""

import uuid

from django.db import migrations, models

import askorac.tenancy.models
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0004_settings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Avatar",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("digest", models.CharField(max_length=32)),
                ("image", models.BinaryField()),
                ("changed_at", models.DateTimeField()),
                ("project", askorac.tenancy.models.TenantForeignKey(to="projects.project")),
            ],
            options={"abstract": False, "base_manager_name": "objects"},
        ),
        migrations.AddConstraint(
            model_name="avatar",
            constraint=models.UniqueConstraint(
                fields=("organization_id", "project"), name="avatar_once"
            ),
        ),
        Isolate(
            "Avatar",
            Isolation(
                public="project", staff=("id", "organization_id", "project_id", "changed_at")
            ),
        ),
    ]
