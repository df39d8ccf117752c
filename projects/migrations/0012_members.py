"""Roles by project, who reads conversations, and members who see some projects only."""

import uuid

from django.db import migrations, models

import askorac.tenancy.models
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.operations import Isolate


class Migration(migrations.Migration):
    locks = "a row a member"

    dependencies = [("projects", "0011_keys_of_owners")]

    operations = [
        migrations.AddField("Member", "is_limited", models.BooleanField(default=False)),
        migrations.AddField("Member", "reads_conversations", models.BooleanField(default=False)),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_limited", False), ("role__in", ["editor", "viewer"]), _connector="OR"
                ),
                name="member_limited_below_admin",
            ),
        ),
        Isolate(
            "Member",
            Isolation(
                app=("SELECT",),
                accounts=(
                    "SELECT",
                    "INSERT",
                    "UPDATE (role, reads_conversations, is_limited)",
                    "DELETE",
                ),
                staff=("id", "organization_id", "user_id", "role", "created_at"),
            ),
        ),
        migrations.CreateModel(
            name="ProjectMember",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField(editable=False)),
                ("project", askorac.tenancy.models.TenantForeignKey(to="projects.project")),
                ("member", askorac.tenancy.models.TenantForeignKey(to="projects.member")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("admin", "Admin"),
                            ("editor", "Editor"),
                            ("viewer", "Viewer"),
                            ("none", "None"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reads_conversations", models.BooleanField(default=False)),
            ],
            options={"abstract": False, "base_manager_name": "objects"},
        ),
        migrations.AddConstraint(
            model_name="projectmember",
            constraint=models.UniqueConstraint(
                fields=("organization_id", "member", "project"), name="project_member_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="projectmember",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["admin", "editor", "viewer", "none"])),
                name="project_member_role_known",
            ),
        ),
        Isolate("ProjectMember", Isolation(accounts=("SELECT", "INSERT", "DELETE"))),
    ]
