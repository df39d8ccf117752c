"""Policies, grants and composite keys of this app's tables."""

from django.db import migrations

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.lookups import LAPSED_TURNS
from askorac.tenancy.operations import DefineLookup, Isolate


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial"), ("projects", "0002_isolation")]
    operations = [
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
                ),
            ),
        ),
        Isolate(
            "Turn",
            Isolation(
                public="conversation",
                staff=(
                    "id",
                    "organization_id",
                    "project_id",
                    "conversation_id",
                    "state",
                    "code",
                    "provider",
                    "model",
                    "input_tokens",
                    "output_tokens",
                    "started_at",
                    "finished_at",
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
                    "at",
                ),
            ),
        ),
        DefineLookup(LAPSED_TURNS),
    ]
