"""Messages are content for our staff, too: no row of them is seen without a grant."""

from django.db import migrations

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0009_words_of_old_conversations"),
        ("projects", "0014_staff_access"),
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
            ),
        ),
    ]
