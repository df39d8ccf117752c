"""A server of a customer's own may want no key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("keys", "0003_own_key_services"),
        ("projects", "0007_suspension"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="providerkey",
            name="provider_key_gone_when_revoked",
        ),
        migrations.AddConstraint(
            model_name="providerkey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("key__isnull", False), ("revoked_at", None)),
                    models.Q(
                        ("key__isnull", True),
                        ("revoked_at", None),
                        models.Q(("base_url", ""), _negated=True),
                    ),
                    models.Q(("key__isnull", True), ("revoked_at__isnull", False)),
                    _connector="OR",
                ),
                name="provider_key_gone_when_revoked",
            ),
        ),
    ]
