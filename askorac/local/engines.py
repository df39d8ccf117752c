"""The embedded PostgreSQL and Valkey of one data folder, and the settings that lead to them."""

import secrets
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from . import credentials
from .credentials import DATABASE, DATABASE_ROLES
from .postgres import Postgres
from .roles import prepare_database
from .valkey import Valkey


@dataclass(slots=True)
class Engines:
    """Start and stop both engines in `folder`, which is made with mode 0700.

    with_postgres, with_valkey: leave out the one that the user brings. with_keys: leave out the
    folder of keys where the user names a key service. secret_key: the user's own, else one is
    made and kept. fresh: begin with an empty database and an empty Valkey on
    the cluster that is there (making a cluster takes seconds, a database does not). is_durable:
    see Postgres.
    """

    folder: Path
    with_postgres: bool = True
    with_valkey: bool = True
    with_keys: bool = True
    secret_key: str | None = None
    fresh: bool = False
    is_durable: bool = True
    postgres: Postgres | None = field(default=None, init=False)
    valkey: Valkey | None = field(default=None, init=False)

    def start(self) -> dict[str, str]:
        """Start what is wanted, make database and roles, write `environment`; return its values.

        Raises EngineFailed or NotRunnable with a message for the person at the terminal.
        """
        self.folder = self.folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        values = credentials.read(self.folder)
        values.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
        values.setdefault("DEMO_PASSWORD", secrets.token_hex(6))
        if self.with_keys:
            values["KMS_URL"] = self._keys(values.get("KMS_URL", ""))
        with ExitStack() as undo:
            undo.callback(self.stop)
            if self.with_postgres:
                values |= self._start_postgres(values)
            if self.with_valkey:
                values |= self._start_valkey(values)
            undo.pop_all()
        credentials.write(self.folder, values)
        return values

    def stop(self) -> None:
        """Stop both, each with everything that it acknowledged on disk."""
        for server in (self.valkey, self.postgres):
            if server is not None:
                server.stop()

    def servers(self) -> tuple[Postgres | Valkey, ...]:
        """Those that were started."""
        return tuple(server for server in (self.postgres, self.valkey) if server is not None)

    def superuser_url(self) -> str:
        """The address for a superuser's session in our database."""
        assert self.postgres is not None
        return self.postgres.superuser_url(DATABASE)

    def _keys(self, before: str) -> str:
        """The key service: a folder beside the engines, unless the file names another service."""
        folder = self.folder / "keys"
        if self.fresh:
            shutil.rmtree(folder, ignore_errors=True)
        is_ours = not before or before.startswith("local:")
        return credentials.keys_url(folder) if is_ours else before

    def _start_postgres(self, values: dict[str, str]) -> dict[str, str]:
        self.postgres = Postgres(self.folder / "postgres", is_durable=self.is_durable)
        port = self.postgres.start(preferred_port=credentials.port_in(values.get("DATABASE_URL")))
        passwords = {
            role: credentials.password_in(values.get(name)) for name, role in DATABASE_ROLES.items()
        }
        prepare_database(
            self.postgres,
            passwords=passwords,
            secret_key=self.secret_key or values["SECRET_KEY"],
            fresh=self.fresh,
        )
        return {
            name: credentials.database_url(role, passwords[role], port)
            for name, role in DATABASE_ROLES.items()
        }

    def _start_valkey(self, values: dict[str, str]) -> dict[str, str]:
        password = credentials.password_in(values.get("REDIS_URL"))
        self.valkey = Valkey(self.folder / "valkey", password=password)
        if self.fresh:
            self.valkey.forget_everything()
        port = self.valkey.start(preferred_port=credentials.port_in(values.get("REDIS_URL")))
        return {"REDIS_URL": credentials.redis_url(password, port)}
