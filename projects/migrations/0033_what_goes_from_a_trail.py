"""What goes from a trail goes by a rule, and says so in it: names of conversations that are erased,
and events that are older than the organization has them kept."""

from django.db import migrations

from askorac.tenancy.isolation import RESOLVER
from askorac.tenancy.operations import DefineLookup
from askorac.tenancy.trail_deeds import TRAIL_DEEDS

# Those that asked for no rule and wrote no event, and what only they could do.
_WITHOUT_A_RULE = f"""
    SET LOCAL ROLE {RESOLVER};
    DROP FUNCTION IF EXISTS orac.forget_in_trail(uuid[], uuid[]);
    DROP FUNCTION IF EXISTS orac.cut_trail(timestamptz, integer);
    RESET ROLE;
    DROP POLICY IF EXISTS resolver_cut_trail ON projects_hold;
    REVOKE SELECT (actor_id, actor_label, address, session, salts),
        UPDATE (actor_label, address, session, salts) ON projects_auditevent FROM {RESOLVER};
"""


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0032_views_committed_first"),
        ("conversations", "0014_opened_by_views"),
    ]

    operations = [
        migrations.RunSQL(_WITHOUT_A_RULE, migrations.RunSQL.noop),
        *map(DefineLookup, TRAIL_DEEDS),
    ]
