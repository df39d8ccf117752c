"""What sources were called in clear goes, and the rules hold for what is sealed."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0016_seal_sources")]

    operations = [
        migrations.RemoveField("Source", "name_clear"),
        migrations.RemoveField("Source", "url_clear"),
        migrations.RemoveField("Source", "external_id_clear"),
        migrations.AddConstraint(
            "Source",
            models.CheckConstraint(condition=Q(name__isnull=False), name="source_named"),
        ),
        migrations.AddConstraint(
            "Source",
            models.CheckConstraint(
                condition=Q(("kind", "page"), _negated=True) | Q(url__isnull=False),
                name="source_page_opens",
            ),
        ),
        migrations.AddConstraint(
            "Source",
            models.CheckConstraint(
                condition=Q(external_id__isnull=True, external_id_digest__isnull=True)
                | Q(external_id__isnull=False, external_id_digest__isnull=False),
                name="source_external_id_digested",
            ),
        ),
        migrations.AddConstraint(
            "Source",
            models.UniqueConstraint(
                fields=["organization_id", "project", "external_id_digest"],
                name="one_source_an_external_id",
            ),
        ),
        migrations.AddIndex(
            "Source",
            models.Index(
                condition=Q(url_digest__isnull=False),
                fields=["project_id", "url_digest", "organization_id"],
                name="source_by_url",
            ),
        ),
    ]
