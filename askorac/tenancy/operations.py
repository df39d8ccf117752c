"""Migration operations that isolate: one for a tenant table, one for a definer function."""

from collections.abc import Iterator
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from .definers import Lookup
from .isolation import RESOLVER, Isolation


class Isolate(Operation):
    """Give a tenant table its policies, grants, primary key and composite foreign keys.

    Safe to repeat: after a new TenantForeignKey or a changed declaration, add it again.
    """

    reversible = True

    def __init__(self, model_name: str, isolation: Isolation) -> None:
        self.model_name = model_name
        self.isolation = isolation

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model_name, self.isolation], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models' state is the same: this is all the database's."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        table = model._meta.db_table
        if self.isolation.organization_column == "organization_id":
            schema_editor.execute(_primary_key(table), params=None)
        for statement in self.isolation.statements(table):
            schema_editor.execute(statement, params=None)
        if self.isolation.cascades and self.isolation.organization_column == "organization_id":
            schema_editor.execute(_belongs_to_organization(table), params=None)
        for field in model._meta.get_fields():
            if type(field).__name__ == "TenantForeignKey":
                target = field.related_model._meta.db_table
                schema_editor.execute(_composite_key(table, field.column, target), params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """The table goes with its creation; until then it stays isolated."""

    def describe(self) -> str:
        return f"Isolate the rows of {self.model_name} by organization"


class DefineLookup(Operation):
    """Make or replace one of the resolver's functions, with the columns that it may touch."""

    reversible = True

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.lookup], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Functions are not part of the models' state."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for statement in _definition(self.lookup):
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        schema_editor.execute(f"DROP FUNCTION orac.{self.lookup.name}", params=None)

    def describe(self) -> str:
        return f"Define the look-up {self.lookup.name}"


def _primary_key(table: str) -> str:
    """(organization_id, id), so that an id alone is no oracle and composite keys can point here."""
    return f"""
        DO $$ BEGIN
            IF (SELECT cardinality(conkey) FROM pg_constraint
                WHERE conrelid = '{table}'::regclass AND contype = 'p') = 1 THEN
                ALTER TABLE {table} DROP CONSTRAINT {table}_pkey;
                ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (organization_id, id);
            END IF;
        END $$
    """


def _belongs_to_organization(table: str) -> str:
    return _constraint(
        table,
        f"{table}_organization_fk",
        "FOREIGN KEY (organization_id) REFERENCES projects_organization (id) ON DELETE CASCADE",
    )


def _composite_key(table: str, column: str, target: str) -> str:
    return _constraint(
        table,
        f"{table}_{column}_fk",
        f"FOREIGN KEY (organization_id, {column}) REFERENCES {target} (organization_id, id)"
        " ON DELETE CASCADE",
    )


def _constraint(table: str, name: str, definition: str) -> str:
    """Add a constraint if it isn't there.

    NO FORCE around it: under FORCE the owner's validation sees no row, and a foreign key would be
    marked valid over orphans.
    """
    return f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_constraint
                WHERE conrelid = '{table}'::regclass AND conname = '{name}') THEN
                ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
                ALTER TABLE {table} ADD CONSTRAINT {name} {definition};
                ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            END IF;
        END $$
    """


def _definition(lookup: Lookup) -> Iterator[str]:
    for table, command, columns in lookup.grants():
        named = f" ({', '.join(columns)})" if columns else ""
        yield f"GRANT {command}{named} ON {table} TO {RESOLVER}"
    for table, name, command, condition in lookup.policies():
        yield f"DROP POLICY IF EXISTS {name} ON {table}"
        yield f"CREATE POLICY {name} ON {table} FOR {command} TO {RESOLVER} {condition}"
    yield f"SET LOCAL ROLE {RESOLVER}"
    yield lookup.statement()
    yield f"REVOKE ALL ON FUNCTION orac.{lookup.signature} FROM PUBLIC"
    for role in lookup.callers:
        yield f"GRANT EXECUTE ON FUNCTION orac.{lookup.signature} TO {role}"
    yield "RESET ROLE"
