"""What conversations are found by: their words, blind. Those there are have none yet."""

import uuid

from django.db import migrations, models

import askorac.tenancy.models
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0007_cost"),
        ("projects", "0007_suspension"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConversationWord",
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
                    "conversation",
                    askorac.tenancy.models.TenantForeignKey(
                        db_index=False, to="conversations.conversation"
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
                        fields=["organization_id", "project", "word", "conversation"],
                        name="conversation_of_word",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization_id", "conversation", "word"),
                        name="word_once_a_conversation",
                    )
                ],
            },
        ),
        Isolate("ConversationWord", Isolation(public="conversation")),
        migrations.AddField(
            model_name="conversation",
            name="has_words",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.AlterField(
            model_name="conversation",
            name="has_words",
            field=models.BooleanField(default=True, db_default=True),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("has_words", False)),
                fields=["organization_id", "project_id"],
                name="conversation_without_words",
            ),
        ),
    ]
