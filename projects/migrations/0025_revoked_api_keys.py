"""A key that was revoked is recognised, so that its use is written down."""

from django.db import migrations

from askorac.tenancy.lookups import ORGANIZATION_OF_REVOKED_API_KEY
from askorac.tenancy.operations import DefineLookup


class Migration(migrations.Migration):
    dependencies = [("projects", "0024_limits")]

    operations = [DefineLookup(ORGANIZATION_OF_REVOKED_API_KEY)]
