"""The columns in clear are gone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("conversations", "0005_seal")]

    operations = [
        migrations.RemoveField("conversation", "clear_page_url"),
        migrations.RemoveField("message", "clear_text"),
        migrations.RemoveField("message", "clear_citations"),
        migrations.RemoveField("message", "clear_rating_comment"),
        migrations.RemoveField("turn", "clear_text"),
    ]
