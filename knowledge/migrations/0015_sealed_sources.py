"""What sources are called is sealed: room for it, beside what still stands in clear."""

import uuid

from django.db import migrations, models

import askorac.sealing.fields
import askorac.tenancy.models
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0014_sealed_vectors"), ("keys", "0004_keyless_servers")]

    operations = [
        migrations.RemoveConstraint("Source", "source_named"),
        migrations.RemoveConstraint("Source", "source_page_opens"),
        migrations.RemoveConstraint("Source", "one_source_an_external_id"),
        migrations.RenameField("Source", "name", "name_clear"),
        migrations.RenameField("Source", "url", "url_clear"),
        migrations.RenameField("Source", "external_id", "external_id_clear"),
        migrations.AddField("Source", "name", askorac.sealing.fields.SealedTextField()),
        migrations.AddField("Source", "url", askorac.sealing.fields.SealedTextField()),
        migrations.AddField("Source", "external_id", askorac.sealing.fields.SealedTextField()),
        migrations.AddField(
            "Source", "url_digest", models.BinaryField(default=None, max_length=16, null=True)
        ),
        migrations.AddField(
            "Source",
            "external_id_digest",
            models.BinaryField(default=None, max_length=16, null=True),
        ),
        migrations.CreateModel(
            name="SourceWord",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("word", models.BigIntegerField()),
                (
                    "project",
                    askorac.tenancy.models.TenantForeignKey(db_index=False, to="projects.project"),
                ),
                (
                    "source",
                    askorac.tenancy.models.TenantForeignKey(db_index=False, to="knowledge.source"),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["project_id", "word", "organization_id", "source_id"],
                        name="source_word_of_project",
                    ),
                    models.Index(
                        fields=["organization_id", "source"], name="source_word_of_source"
                    ),
                ],
            },
        ),
        Isolate("SourceWord", Isolation()),
    ]
