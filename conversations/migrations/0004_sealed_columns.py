"""Sealed columns beside those in clear, for what visitors write and are told."""

from django.db import migrations

import askorac.sealing.fields


class Migration(migrations.Migration):
    dependencies = [("conversations", "0003_ratings_and_counts")]

    operations = [
        migrations.RenameField("conversation", "page_url", "clear_page_url"),
        migrations.RenameField("message", "text", "clear_text"),
        migrations.RenameField("message", "citations", "clear_citations"),
        migrations.RenameField("message", "rating_comment", "clear_rating_comment"),
        migrations.RenameField("turn", "text", "clear_text"),
        migrations.AddField("conversation", "page_url", askorac.sealing.fields.SealedTextField()),
        migrations.AddField("message", "text", askorac.sealing.fields.SealedTextField()),
        migrations.AddField("message", "citations", askorac.sealing.fields.SealedJSONField()),
        migrations.AddField("message", "rating_comment", askorac.sealing.fields.SealedTextField()),
        migrations.AddField("turn", "text", askorac.sealing.fields.SealedTextField()),
    ]
