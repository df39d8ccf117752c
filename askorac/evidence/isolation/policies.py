"""The policies of every table, as the database's catalog has them."""

from dataclasses import dataclass

from askorac.tenancy.catalog import violations
from askorac.tenancy.catalog_rows import rows_of

_POLICIES = """
    SELECT tablename::text, policyname::text, cmd, array_to_string(roles, ', '),
        coalesce(qual, ''), coalesce(with_check, '')
    FROM pg_policies WHERE schemaname = 'public' ORDER BY tablename, policyname
"""
_TABLES = """
    SELECT relname::text, relrowsecurity AND relforcerowsecurity FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy: for which command and roles, which rows it lets by, and which new ones."""

    table: str
    name: str
    command: str
    roles: str
    using: str
    check: str

    def __str__(self) -> str:
        rule = f" USING {self.using}" if self.using else ""
        rule += f" WITH CHECK {self.check}" if self.check else ""
        return f"{self.table}.{self.name} FOR {self.command} TO {self.roles}{rule}"


def policies() -> list[Policy]:
    """All policies of the schema."""
    return [Policy(*row) for row in rows_of("default", _POLICIES)]


def forced() -> dict[str, bool]:
    """Each table, and whether it is under forced row-level security."""
    return dict(rows_of("default", _TABLES))


def disagreements() -> list[str]:
    """What the catalog has otherwise than declared, in sentences."""
    return violations()
