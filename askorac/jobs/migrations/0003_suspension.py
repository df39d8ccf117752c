"""Work of suspended organizations waits. (That staff may retry a job: projects 0008.)"""

from django.db import migrations

from askorac.tenancy.lookups import DUE_WORK
from askorac.tenancy.operations import DefineLookup


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_isolation"), ("projects", "0007_suspension")]
    operations = [DefineLookup(DUE_WORK)]
