"""A trail is cut before a time that is given and long past, and not while a hold stands."""

from django.db import migrations

from askorac.tenancy.operations import DefineLookup
from askorac.tenancy.trail_deeds import CUT_TRAIL


class Migration(migrations.Migration):
    dependencies = [("projects", "0029_audit_kinds")]

    operations = [DefineLookup(CUT_TRAIL)]
