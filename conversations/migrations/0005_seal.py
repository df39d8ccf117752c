"""What visitors wrote and were told is sealed. It may be broken off, and runs again."""

from django.db import migrations

from askorac.sealing.migrating import seal_column


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("conversations", "0004_sealed_columns"),
        ("jobs", "0004_open_and_newest"),
        ("keys", "0004_keyless_servers"),
        ("projects", "0007_suspension"),
    ]

    operations = [
        migrations.RunPython(
            seal_column("conversations", model, clear=f"clear_{column}", sealed=column),
            migrations.RunPython.noop,
        )
        for model, column in (
            ("Conversation", "page_url"),
            ("Turn", "text"),
            ("Message", "text"),
            ("Message", "citations"),
            ("Message", "rating_comment"),
        )
    ]
