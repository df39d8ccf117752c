"""What a function that runs with the resolver's rights is made of."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Change = Literal["INSERT", "UPDATE", "DELETE"]


@dataclass(frozen=True, slots=True)
class Lookup:
    """One definer function: its signature, result, SQL body, and what it reads for whom.

    `reads` names columns by table; `changes` names table, command and columns of what one that
    acts may change; of what it deletes, none.
    """

    signature: str
    returns: str
    body: str
    reads: tuple[tuple[str, tuple[str, ...]], ...]
    callers: tuple[str, ...]
    language: str = "sql"
    changes: tuple[tuple[str, Change, tuple[str, ...]], ...] = ()

    @property
    def name(self) -> str:
        return self.signature.split("(")[0]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the body, as the allow-list and the catalog check compare it."""
        return hashlib.sha256(self.body.encode()).hexdigest()

    def grants(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """(table, command, columns) that the resolver needs for it."""
        for table, columns in self.reads:
            yield table, "SELECT", columns
        yield from self.changes

    def policies(self) -> Iterator[tuple[str, str, str, str]]:
        """(table, name, command, condition) of the policies that let the resolver do it."""
        for table, command, _ in self.grants():
            suffix = "" if command == "SELECT" else f"_{command.lower()}"
            condition = "WITH CHECK (true)" if command == "INSERT" else "USING (true)"
            yield table, f"resolver_{self.name}{suffix}", command, condition

    def statement(self) -> str:
        volatility = "VOLATILE" if self.changes else "STABLE"
        return (
            f"CREATE OR REPLACE FUNCTION orac.{self.signature} RETURNS {self.returns}"
            f" LANGUAGE {self.language} {volatility} SECURITY DEFINER"
            f" SET search_path = pg_catalog, pg_temp AS $lookup${self.body}$lookup$"
        )
