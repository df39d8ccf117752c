"""Work of suspended organizations waits, and our staff may retry what has failed."""

from django.db import migrations

from askorac.tenancy.deeds import RETRY_JOB
from askorac.tenancy.lookups import DUE_WORK
from askorac.tenancy.operations import DefineLookup


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_isolation"), ("projects", "0007_suspension")]
    operations = [DefineLookup(DUE_WORK), DefineLookup(RETRY_JOB)]
