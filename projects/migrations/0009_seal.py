"""What stood in clear is sealed. It may be broken off, and runs again."""

from django.db import migrations

from askorac.sealing.migrating import seal_column

COLUMNS = (
    ("Project", "greeting"),
    ("Project", "suggestions"),
    ("Project", "instructions"),
    ("Project", "unanswered_text"),
    ("AuditEvent", "target_label"),
    ("AuditEvent", "details"),
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("projects", "0008_sealed_columns"), ("keys", "0004_keyless_servers")]

    operations = [
        migrations.RunPython(
            seal_column("projects", model, clear=f"clear_{column}", sealed=column),
            migrations.RunPython.noop,
        )
        for model, column in COLUMNS
    ]
