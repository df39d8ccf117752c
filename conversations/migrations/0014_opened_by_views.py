"""A view of our staff opens the messages of the conversation that it named, or what visitors said
in the project whose list it named, and no others."""

from django.db import migrations

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0013_turns_of_late"),
        ("projects", "0032_views_committed_first"),
    ]
    operations = [
        Isolate(
            "Message",
            Isolation(
                public="conversation",
                reading=(
                    "id",
                    "organization_id",
                    "project_id",
                    "conversation_id",
                    "turn_id",
                    "speaker",
                    "text",
                    "confidence",
                    "is_answered",
                    "rating",
                    "rating_comment",
                    "at",
                ),
                opened_by=(
                    ("conversation", "conversation_id", ""),
                    ("conversations", "project_id", "speaker::text = 'visitor'::text"),
                ),
            ),
        ),
    ]
