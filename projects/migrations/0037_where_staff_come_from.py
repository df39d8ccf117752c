"""What our staff do stands in the trail with who it was and from where, and what they look at with
its project."""

from django.db import migrations

from askorac.tenancy.access_deeds import ACCESS_DEEDS, VIEW_AS_STAFF
from askorac.tenancy.chain import COMMIT_EVENT
from askorac.tenancy.operations import DefineLookup
from askorac.tenancy.staff_context import STAFF_CLAIM, STAFF_FIELD


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0036_checkpoints_of_what_is_there"),
        ("conversations", "0014_opened_by_views"),
        ("knowledge", "0021_opened_by_views"),
    ]

    operations = [
        *map(DefineLookup, (STAFF_CLAIM, STAFF_FIELD)),
        migrations.RunSQL(COMMIT_EVENT, migrations.RunSQL.noop),
        *map(DefineLookup, (*ACCESS_DEEDS, VIEW_AS_STAFF)),
    ]
