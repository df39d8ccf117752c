"""Words and where they stand, blind."""

import uuid

from django.db import migrations, models

import askorac.tenancy.models
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0006_chunk_of_project"),
        ("projects", "0007_suspension"),
    ]

    operations = [
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("word", models.BigIntegerField()),
                ("entries", models.BinaryField()),
                (
                    "document",
                    askorac.tenancy.models.TenantForeignKey(
                        db_index=False, to="knowledge.document"
                    ),
                ),
                (
                    "project",
                    askorac.tenancy.models.TenantForeignKey(db_index=False, to="projects.project"),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["project_id", "word", "organization_id"], name="posting_of_word"
                    ),
                    models.Index(
                        fields=["organization_id", "document"], name="posting_of_document"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Vocabulary",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("language", models.CharField(blank=True, max_length=8)),
                ("chunk_count", models.PositiveIntegerField()),
                ("word_count", models.PositiveIntegerField()),
                (
                    "document",
                    askorac.tenancy.models.TenantForeignKey(
                        db_index=False, to="knowledge.document"
                    ),
                ),
                (
                    "project",
                    askorac.tenancy.models.TenantForeignKey(db_index=False, to="projects.project"),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["project_id", "organization_id"], name="vocabulary_of_project"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization_id", "document"), name="one_vocabulary_a_document"
                    )
                ],
            },
        ),
        Isolate("Posting", Isolation(public="project")),
        Isolate("Vocabulary", Isolation(public="project")),
    ]
