"""The app's login keeps a checkpoint of what is written, and no statement about a cut."""

from django.db import migrations

from askorac.tenancy.isolation import APPEND_ONLY, Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    dependencies = [("projects", "0035_newest")]
    operations = [
        Isolate(
            "AuditCheckpoint",
            Isolation(
                app=APPEND_ONLY,
                insert_when=(
                    "kind::text = 'checkpoint'::text"
                    " AND seq <= (SELECT max(h.seq) AS max FROM projects_audithead h)"
                ),
            ),
        ),
    ]
