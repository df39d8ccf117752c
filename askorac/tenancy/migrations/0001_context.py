"""The functions that read the signed context; every policy stands on them."""

from django.db import migrations

from askorac.tenancy.lookups import CONTEXT_FUNCTIONS
from askorac.tenancy.operations import DefineLookup


class Migration(migrations.Migration):
    dependencies = []
    operations = [DefineLookup(lookup) for lookup in CONTEXT_FUNCTIONS]
