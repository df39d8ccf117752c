"""What stood in clear goes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("projects", "0009_seal")]

    operations = [
        migrations.RemoveField(model, f"clear_{column}")
        for model, column in (
            ("Project", "greeting"),
            ("Project", "suggestions"),
            ("Project", "instructions"),
            ("Project", "unanswered_text"),
            ("AuditEvent", "target_label"),
            ("AuditEvent", "details"),
        )
    ]
