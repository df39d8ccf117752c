"""Vectors of the space that a project is moving to."""

import uuid

import pgvector.django.halfvec
from django.db import migrations, models

import askorac.tenancy.models
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0012_sealed_files"),
        ("projects", "0007_suspension"),
    ]

    operations = [
        migrations.CreateModel(
            name="UpcomingVector",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("embedding_space", models.CharField(max_length=120)),
                ("embedding", pgvector.django.halfvec.HalfVectorField()),
                (
                    "chunk",
                    askorac.tenancy.models.TenantForeignKey(db_index=False, to="knowledge.chunk"),
                ),
                ("project", askorac.tenancy.models.TenantForeignKey(to="projects.project")),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization_id", "chunk"), name="upcoming_vector_once"
                    )
                ],
            },
        ),
        Isolate("UpcomingVector", Isolation()),
    ]
