"""Grants on the tables of second factors and of sessions: the accounts role's alone."""

from django.db import migrations

from askorac.tenancy.global_tables import statements

TABLES = ("mfa_authenticator", "usersessions_usersession")


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0014_staff_access"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("usersessions", "0001_initial"),
    ]
    operations = [migrations.RunSQL(list(statements(*TABLES)), migrations.RunSQL.noop)]
