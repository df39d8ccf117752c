"""What a table grants to whom, as one declaration, and the SQL that makes it so."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

APP, ACCOUNTS, OWNER, STAFF = "orac_app", "orac_accounts", "orac_owner", "orac_staff"
RESOLVER, BACKUP = "orac_resolver", "orac_backup"
ROLES = (OWNER, APP, ACCOUNTS, STAFF, RESOLVER, BACKUP)

ORGANIZATION = "(SELECT orac.current_organization())"
PROJECT = "(SELECT orac.current_project())"
CONVERSATION = "(SELECT orac.current_conversation())"
OPENED = "(SELECT orac.opened_organization())"
VIEWED = "{column} = ANY ((SELECT orac.opened_targets('{kind}'::text))::uuid[])"

Command = Literal["SELECT", "INSERT", "UPDATE", "DELETE"]
ALL: tuple[Command, ...] = ("SELECT", "INSERT", "UPDATE", "DELETE")
APPEND_ONLY: tuple[Command, ...] = ("SELECT", "INSERT")


@dataclass(frozen=True, slots=True)
class Isolation:
    """How one tenant table is isolated.

    public: what a context narrowed to a project and a conversation reaches: nothing (`hidden`),
    the project's rows for reading (`project`), or the conversation's rows for reading, adding and
    changing (`conversation`). public_when: a further SQL condition on what it reads.
    insert_when: a further SQL condition on rows that are added to it.
    app: the commands that it has. accounts: those of its role. An UPDATE may name the columns
    that may be changed, as in `UPDATE (name)`. staff: the columns that staff may read. reading:
    those of a table of content instead, which staff read where its organization has let them in,
    and while it has: policies are of whole rows, so that such a table tells nothing before.
    opened_by: (kind, column, further SQL condition or none): which rows of it a view of that kind
    opens, by the column that has what was viewed. Without any it stays closed.
    """

    public: Literal["hidden", "project", "conversation"] = "hidden"
    public_when: str = ""
    insert_when: str = ""
    app: tuple[str, ...] = ALL
    accounts: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    opened_by: tuple[tuple[str, str, str], ...] = ()
    organization_column: str = "organization_id"
    project_column: str = "project_id"
    conversation_column: str = "conversation_id"
    cascades: bool = True

    def __post_init__(self) -> None:
        if self.staff and self.reading:
            raise ValueError("A table is of metadata or of content: policies are of whole rows.")

    @property
    def is_own(self) -> str:
        return f"{self.organization_column} = {ORGANIZATION}"

    @property
    def readable(self) -> str:
        return f"{self.is_own} AND {self._narrowed(writing=False)}"

    @property
    def writable(self) -> str:
        return f"{self.is_own} AND {self._narrowed(writing=True)}"

    @property
    def addable(self) -> str:
        return f"{self.writable} AND ({self.insert_when})" if self.insert_when else self.writable

    @property
    def removable(self) -> str:
        return f"{self.is_own} AND {PROJECT} IS NULL"

    def _narrowed(self, *, writing: bool) -> str:
        if self.public == "hidden" or (self.public == "project" and writing):
            return f"{PROJECT} IS NULL"
        inside = f"{self.project_column} = {PROJECT}"
        if self.public == "conversation":
            inside += f" AND {self.conversation_column} = {CONVERSATION}"
        if self.public_when and not writing:
            inside += f" AND {self.public_when}"
        return f"({PROJECT} IS NULL OR ({inside}))"

    def _viewed(self) -> str:
        viewed = (
            VIEWED.format(kind=kind, column=column) + (f" AND {condition}" if condition else "")
            for kind, column, condition in self.opened_by
        )
        return " OR ".join(viewed) or "false"

    def policies(self) -> Iterator[tuple[str, str, str, str]]:
        """(name, command, roles, condition) of every policy of the table."""
        members = f"{APP}, {OWNER}"
        yield "member_select", "SELECT", members, f"USING ({self.readable})"
        yield "member_insert", "INSERT", members, f"WITH CHECK ({self.addable})"
        yield (
            "member_update",
            "UPDATE",
            members,
            f"USING ({self.writable}) WITH CHECK ({self.writable})",
        )
        yield "member_delete", "DELETE", members, f"USING ({self.removable})"
        for right in self.accounts:
            command = right.partition(" (")[0]
            check = "WITH CHECK" if command == "INSERT" else "USING"
            yield f"accounts_{command.lower()}", command, ACCOUNTS, f"{check} ({self.removable})"
        if self.staff:
            yield "staff_select", "SELECT", STAFF, "USING (true)"
        if self.reading:
            opened = f"{self.organization_column} = {OPENED} AND ({self._viewed()})"
            yield "staff_reading", "SELECT", STAFF, f"USING ({opened})"

    def statements(self, table: str) -> Iterator[str]:
        """The SQL that isolates `table`; running it again brings it up to this declaration."""
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        yield from _without_policies(table)
        for name, command, roles, condition in self.policies():
            yield f"CREATE POLICY {name} ON {table} FOR {command} TO {roles} {condition}"
        for role, commands in ((APP, self.app), (ACCOUNTS, self.accounts), (STAFF, ())):
            yield f"REVOKE ALL ON {table} FROM {role}"
            if commands:
                yield f"GRANT {', '.join(commands)} ON {table} TO {role}"
        if columns := self.staff or self.reading:
            yield f"GRANT SELECT ({', '.join(columns)}) ON {table} TO {STAFF}"


def _without_policies(table: str) -> Iterator[str]:
    """Drop what an earlier declaration made, but not the resolver's, which its look-ups own."""
    yield f"""
        DO $$ DECLARE policy name; BEGIN
            FOR policy IN SELECT polname FROM pg_policy
                WHERE polrelid = '{table}'::regclass AND polname NOT LIKE 'resolver\\_%'
            LOOP EXECUTE format('DROP POLICY %I ON {table}', policy); END LOOP;
        END $$
    """
