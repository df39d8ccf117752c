"""A view of our staff opens what it named to later transactions, for seconds, once it is committed;
in the one that writes it, it could still be rolled back."""

from django.db import migrations, models

from askorac.tenancy.operations import DefineLookup
from askorac.tenancy.staff_context import OPENED_ORGANIZATION, OPENED_TARGETS


class Migration(migrations.Migration):
    dependencies = [("projects", "0031_makers_of_keys")]

    operations = [
        migrations.AddField("StaffGrant", "views", models.JSONField(null=True)),
        *map(DefineLookup, (OPENED_ORGANIZATION, OPENED_TARGETS)),
        migrations.RemoveField("StaffGrant", "viewed_in"),
    ]
