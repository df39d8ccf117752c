"""A migration of a later version holds nobody up for long: squawk reads the SQL that it runs.

What scans or rewrites a table that is there already keeps its visitors waiting. Where that is
meant, since the table is small, the migration says why: `locks = "one row an organization"`.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connections
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from askorac.environment import BASE_DIR

# The last ones from before anybody had an installation to update.
FIRST = {
    "conversations": "0009",
    "evidence": "0000",
    "jobs": "0004",
    "keys": "0004",
    "knowledge": "0018",
    "projects": "0011",
    "leaving": "0000",
    "recovery": "0001",
    "signing": "0000",
    "tenancy": "0001",
}
RULES = (
    "adding-field-with-default",
    "adding-foreign-key-constraint",
    "adding-not-nullable-field",
    "adding-required-field",
    "adding-serial-primary-key-field",
    "changing-column-type",
    "constraint-missing-not-valid",
    "disallowed-unique-constraint",
    "require-concurrent-index-creation",
    "require-concurrent-index-deletion",
)


def later_migrations() -> Iterator[Migration]:
    """Those of our apps that came after the first version."""
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        if app in FIRST and name[:4] > FIRST[app]:
            yield migration


def sql_of(migration: Migration) -> str:
    """What it runs, but for its functions in Python."""
    owner = connections["owner"]
    loader = MigrationExecutor(owner).loader
    plan = [(migration, False)]
    return "\n".join(loader.collect_sql(plan))


def locks(statements: str) -> list[str]:
    """The rules that these statements break, in order."""
    squawk = Path(sys.executable).parent / "squawk"
    command = [
        squawk,
        "--assume-in-transaction",
        "--reporter=gcc",
        "--stdin-filepath=migration.sql",
    ]
    said = subprocess.run(command, input=statements, capture_output=True, text=True, timeout=120)
    lines = [line.split(" ") for line in said.stdout.splitlines()]
    return [line[2] for line in lines if len(line) > 2 and line[2] in RULES]


def test_apps_with_migrations_are_all_looked_at() -> None:
    here = {app for app, name in MigrationLoader(None).disk_migrations if _is_ours(app)}
    assert here == set(FIRST)


def _is_ours(app: str) -> bool:
    place = Path(apps.get_app_config(app).path)
    return BASE_DIR in place.parents and ".venv" not in place.parts


def test_later_migrations_lock_nothing() -> None:
    found = {
        f"{migration.app_label}.{migration.name}": broken
        for migration in later_migrations()
        if not getattr(migration, "locks", "") and (broken := locks(sql_of(migration)))
    }
    assert found == {}


def test_sql_of_a_migration_is_what_it_runs() -> None:
    disk = MigrationLoader(None).disk_migrations
    made = sql_of(disk["recovery", "0001_initial"])
    assert 'CREATE TABLE "recovery_restoredrill"' in made
    assert "GRANT SELECT ON recovery_restoredrill TO orac_app" in made
    assert locks(made) == []


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("CREATE INDEX i ON filled (a)", "require-concurrent-index-creation"),
        ("ALTER TABLE filled ADD COLUMN a text NOT NULL", "adding-required-field"),
        ("ALTER TABLE filled ALTER COLUMN a SET NOT NULL", "adding-not-nullable-field"),
        ("ALTER TABLE filled ALTER COLUMN a TYPE text", "changing-column-type"),
        ("ALTER TABLE filled ADD CONSTRAINT c CHECK (a > 0)", "constraint-missing-not-valid"),
        ("ALTER TABLE filled ADD CONSTRAINT u UNIQUE (a)", "disallowed-unique-constraint"),
    ],
)
def test_statement_that_locks_is_found(statement: str, rule: str) -> None:
    assert rule in locks(f"{statement};")


def test_statement_that_waits_for_nobody_is_not_found() -> None:
    statements = """
        ALTER TABLE filled ADD COLUMN a text;
        ALTER TABLE filled ADD COLUMN b text NOT NULL DEFAULT '';
        ALTER TABLE filled ADD CONSTRAINT c CHECK (a <> '') NOT VALID;
        CREATE TABLE made (id bigint PRIMARY KEY, a bigint);
        CREATE INDEX i ON made (a);
        ALTER TABLE made ENABLE ROW LEVEL SECURITY;
    """
    assert locks(statements) == []
