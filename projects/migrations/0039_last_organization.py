"""Where a user's next session begins."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0038_audit_by_origin")]

    operations = [
        migrations.AddField(
            "User", "last_organization_id", models.UUIDField(editable=False, null=True)
        ),
    ]
