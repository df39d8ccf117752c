"""An organization may require two factors of its members; the accounts role sets it."""

from django.db import migrations, models

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    locks = "one row an organization"

    dependencies = [("projects", "0020_invitations")]

    operations = [
        migrations.AddField(
            "Organization", "requires_second_factor", models.BooleanField(default=False)
        ),
        Isolate(
            "Organization",
            Isolation(
                organization_column="id",
                app=("SELECT",),
                accounts=("SELECT", "INSERT", "UPDATE (name, deletes_at, requires_second_factor)"),
                staff=(
                    "id",
                    "name",
                    "created_at",
                    "suspended_at",
                    "deletes_at",
                    "requires_second_factor",
                ),
            ),
        ),
    ]
