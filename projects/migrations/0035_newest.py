"""Indexes for our staff, who see the newest organizations, people and projects first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("projects", "0034_audit_by_label")]

    operations = [
        AddIndexConcurrently(
            "Organization", models.Index(fields=["created_at"], name="organization_newest")
        ),
        AddIndexConcurrently("Member", models.Index(fields=["created_at"], name="member_newest")),
        AddIndexConcurrently("Project", models.Index(fields=["created_at"], name="project_newest")),
        AddIndexConcurrently("User", models.Index(fields=["created_at"], name="user_newest")),
    ]
