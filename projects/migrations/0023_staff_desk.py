"""Staff read who decided and who ended, and may ask again after a refusal; a view says in the trail
what kind of thing was viewed."""

from django.db import migrations

from askorac.tenancy.access_deeds import ACCESS_DEEDS
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import DefineLookup, Isolate


class Migration(migrations.Migration):
    dependencies = [("projects", "0022_refused_sign_ins")]
    operations = [
        Isolate(
            "StaffGrant",
            Isolation(
                app=(
                    "SELECT",
                    "UPDATE (decision, decided_at, decided_by, expires_at, ended_at, ended_by)",
                ),
                staff=(
                    "id",
                    "organization_id",
                    "staff_user_id",
                    "staff_name",
                    "reason",
                    "minutes",
                    "asked_at",
                    "lapses_at",
                    "decision",
                    "decided_at",
                    "decided_by",
                    "expires_at",
                    "ended_at",
                    "ended_by",
                    "view_count",
                    "last_viewed_at",
                ),
            ),
        ),
        *map(DefineLookup, ACCESS_DEEDS),
    ]
