"""Ratings, and what lists of conversations are searched by; counted once for those there are."""

from django.db import migrations, models

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate

# The owner sees no row under FORCE, so that is lifted for the time of the count.
COUNT = """
    ALTER TABLE conversations_conversation NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE conversations_message NO FORCE ROW LEVEL SECURITY;
    UPDATE conversations_conversation c
    SET question_count = counted.asked, unanswered_count = counted.unknown,
        is_answered = counted.is_answered
    FROM (
        SELECT organization_id, conversation_id,
            count(*) FILTER (WHERE speaker = 'visitor') AS asked,
            count(*) FILTER (WHERE is_answered IS FALSE) AS unknown,
            bool_and(is_answered) AS is_answered
        FROM conversations_message GROUP BY organization_id, conversation_id
    ) counted
    WHERE c.organization_id = counted.organization_id AND c.id = counted.conversation_id;
    ALTER TABLE conversations_conversation FORCE ROW LEVEL SECURITY;
    ALTER TABLE conversations_message FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0002_isolation"),
        ("projects", "0004_settings"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="conversation",
            name="conversation_channel_known",
        ),
        migrations.AddField(
            model_name="conversation",
            name="is_answered",
            field=models.BooleanField(default=None, null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="question_count",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="conversation",
            name="rating",
            field=models.SmallIntegerField(default=None, null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="unanswered_count",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="message",
            name="rating",
            field=models.SmallIntegerField(default=None, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="rating_comment",
            field=models.CharField(blank=True, db_default="", max_length=1000),
        ),
        migrations.AlterField(
            model_name="conversation",
            name="channel",
            field=models.CharField(
                choices=[
                    ("widget", "Widget"),
                    ("playground", "Playground"),
                    ("page", "Page"),
                    ("api", "API"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["organization_id", "project_id", "visitor_id", "-last_message_at", "id"],
                name="conversation_of_visitor",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["organization_id", "project_id", "is_answered", "-last_message_at", "id"],
                name="conversation_answered",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["organization_id", "project_id", "rating", "-last_message_at", "id"],
                name="conversation_rated",
            ),
        ),
        migrations.AddIndex(
            model_name="turn",
            index=models.Index(
                fields=["organization_id", "project_id", "-finished_at"], name="turn_ended_last"
            ),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["widget", "playground", "page", "api"])),
                name="conversation_channel_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rating__isnull", True), ("rating__in", (-1, 1)), _connector="OR"
                ),
                name="conversation_rating_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rating__isnull", True),
                    models.Q(("rating__in", (-1, 1)), ("speaker", "assistant")),
                    _connector="OR",
                ),
                name="message_rating_known",
            ),
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
        Isolate(
            "Conversation",
            Isolation(
                public="conversation",
                conversation_column="id",
                staff=(
                    "id",
                    "organization_id",
                    "project_id",
                    "channel",
                    "started_at",
                    "last_message_at",
                    "question_count",
                    "unanswered_count",
                    "rating",
                ),
            ),
        ),
        Isolate(
            "Message",
            Isolation(
                public="conversation",
                staff=(
                    "id",
                    "organization_id",
                    "project_id",
                    "conversation_id",
                    "turn_id",
                    "speaker",
                    "confidence",
                    "is_answered",
                    "rating",
                    "at",
                ),
            ),
        ),
    ]
