"""What documents say is sealed: room for it, beside what still stands in clear."""

from django.db import migrations, models

import askorac.sealing.fields

# Named door for chunks: it is made anew when the columns are as they stay.
NO_INTAKE = "DROP VIEW knowledge_chunk_intake; DROP FUNCTION orac.take_in_chunk()"


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0007_words"), ("keys", "0002_provider_keys")]

    operations = [
        migrations.RunSQL(NO_INTAKE, migrations.RunSQL.noop),
        migrations.RenameField("Chunk", "text", "text_clear"),
        migrations.RenameField("Chunk", "heading", "heading_clear"),
        migrations.RenameField("Document", "title", "title_clear"),
        migrations.RenameField("Document", "url", "url_clear"),
        migrations.AddField("Chunk", "text", askorac.sealing.fields.SealedTextField()),
        migrations.AddField("Chunk", "heading", askorac.sealing.fields.SealedTextField()),
        migrations.AddField("Chunk", "text_digest", models.BinaryField(max_length=16, null=True)),
        migrations.AddField("Document", "title", askorac.sealing.fields.SealedTextField()),
        migrations.AddField("Document", "url", askorac.sealing.fields.SealedTextField()),
    ]
