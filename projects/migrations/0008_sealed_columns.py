"""Sealed columns beside those in clear, and what our staff says in clear in the audit trail."""

from django.db import migrations, models

from askorac.sealing.fields import SealedJSONField, SealedTextField
from askorac.tenancy.deeds import DEEDS
from askorac.tenancy.operations import DefineLookup

# The names of organizations, which the functions of staff wrote into the trail.
UNREAD = "REVOKE SELECT (name) ON projects_organization FROM orac_resolver"


class Migration(migrations.Migration):
    dependencies = [("projects", "0007_suspension"), ("jobs", "0003_suspension")]

    operations = [
        migrations.RenameField("Project", "greeting", "clear_greeting"),
        migrations.RenameField("Project", "suggestions", "clear_suggestions"),
        migrations.RenameField("Project", "instructions", "clear_instructions"),
        migrations.RenameField("Project", "unanswered_text", "clear_unanswered_text"),
        migrations.RenameField("AuditEvent", "target_label", "clear_target_label"),
        migrations.RenameField("AuditEvent", "details", "clear_details"),
        migrations.AddField("Project", "greeting", SealedTextField()),
        migrations.AddField("Project", "suggestions", SealedJSONField()),
        migrations.AddField("Project", "instructions", SealedTextField()),
        migrations.AddField("Project", "unanswered_text", SealedTextField()),
        migrations.AddField("AuditEvent", "target_label", SealedTextField()),
        migrations.AddField("AuditEvent", "details", SealedJSONField()),
        migrations.AddField("AuditEvent", "remarks", models.JSONField(default=dict)),
        *map(DefineLookup, DEEDS),
        migrations.RunSQL(UNREAD, migrations.RunSQL.noop),
    ]
