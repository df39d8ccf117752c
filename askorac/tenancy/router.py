"""Which login reads which table: the global tables only through the accounts role.

The staff login is never chosen here: the pages of our staff name it for each of their queries.
"""

from typing import Any

from django.db.models import Model

ACCOUNTS = "accounts"
STAFF = "staff"
GLOBAL_APPS = {"account", "admin", "auth", "contenttypes", "mfa", "sessions", "usersessions"}
GLOBAL_MODELS = {
    "evidence.decoy",
    "evidence.run",
    "projects.refusedsignin",
    "projects.user",
}


class RoleRouter:
    """Users, sessions, e-mail addresses and second factors are out of the app role's reach."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return ACCOUNTS if is_global(model) else None

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        return ACCOUNTS if is_global(model) else None

    def allow_relation(self, first: Model, second: Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Only the owner changes the schema."""
        return db == "owner"


def is_global(model: type[Model]) -> bool:
    """Whether a model's table belongs to no organization."""
    meta = model._meta
    return meta.app_label in GLOBAL_APPS or meta.label_lower in GLOBAL_MODELS
