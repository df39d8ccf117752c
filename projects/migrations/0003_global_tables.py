"""Grants on the tables of no organization, and which users the members of one may see."""

from django.db import migrations

from askorac.tenancy.global_tables import statements

TABLES = (
    "projects_user",
    "projects_user_groups",
    "projects_user_user_permissions",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_session",
    "account_emailaddress",
    "account_emailconfirmation",
    "django_migrations",
)


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0002_isolation"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
    ]
    operations = [migrations.RunSQL(list(statements(*TABLES)), migrations.RunSQL.noop)]
