"""The app's login keeps a checkpoint of what is written, and no statement about a cut."""

from django.db import migrations

from askorac.tenancy.operations import Isolate
from projects.models import AuditCheckpoint


class Migration(migrations.Migration):
    dependencies = [("projects", "0035_newest")]
    operations = [Isolate("AuditCheckpoint", AuditCheckpoint.isolation)]
