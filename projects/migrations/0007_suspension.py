"""Who may suspend an organization, who is told of it, and who may rename one."""

from django.db import migrations

from askorac.tenancy.global_tables import statements
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.lookups import IS_SUSPENDED
from askorac.tenancy.operations import DefineLookup, Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0006_api_keys"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]
    operations = [
        Isolate(
            "Organization",
            Isolation(
                organization_column="id",
                app=("SELECT",),
                accounts=("SELECT", "INSERT", "UPDATE (name)"),
                staff=("id", "name", "created_at", "suspended_at"),
            ),
        ),
        DefineLookup(IS_SUSPENDED),
        # The functions by which staff suspend and resume are made in 0008.
        migrations.RunSQL(list(statements("django_admin_log")), migrations.RunSQL.noop),
    ]
