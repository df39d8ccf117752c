"""What only a superuser can do, as one idempotent SQL file: roles, extension, signing key."""

from collections.abc import Iterator, Mapping

from psycopg import sql

from .isolation import ACCOUNTS, APP, BACKUP, OWNER, RESOLVER, ROLES, STAFF
from .signing import hmac_pads, signing_key

_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal}) THEN CREATE ROLE {role}; END IF;
END $$;
ALTER ROLE {role} WITH {login} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION {bypass};
-- A role may change its own defaults, and so lay a trap for sessions to come.
ALTER ROLE {role} RESET ALL;
ALTER ROLE {role} IN DATABASE {database} RESET ALL;
"""

_DATABASE = """
ALTER DATABASE {database} OWNER TO {owner};
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {owner}, {app}, {accounts}, {staff}, {backup};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {app}, {accounts}, {staff}, {resolver}, {backup};
-- No statement text in the server's log: it could tell what a customer or a visitor wrote.
ALTER DATABASE {database} SET log_min_error_statement = 'panic';
ALTER DATABASE {database} SET log_statement = 'none';
ALTER DATABASE {database} SET log_min_duration_statement = -1;
ALTER DATABASE {database} SET log_parameter_max_length = 0;
ALTER DATABASE {database} SET log_parameter_max_length_on_error = 0;
ALTER DATABASE {database} SET log_min_duration_sample = -1;
ALTER DATABASE {database} SET log_transaction_sample_rate = 0;
-- Nor the values that a constraint refused.
ALTER DATABASE {database} SET log_error_verbosity = 'terse';
CREATE EXTENSION IF NOT EXISTS vector;
-- Large objects lie outside of every policy, and nothing here uses them.
DO $$ DECLARE function regprocedure; BEGIN
    FOR function IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
        AND (proname ~ '^lo_' OR proname IN ('loread', 'lowrite'))
    LOOP EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function); END LOOP;
END $$;
"""

_SCHEMAS = """
CREATE SCHEMA IF NOT EXISTS orac AUTHORIZATION {owner};
GRANT USAGE ON SCHEMA orac TO {app}, {accounts}, {staff};
GRANT USAGE, CREATE ON SCHEMA orac TO {resolver};
-- Migrations define the resolver's functions; nobody acts as the resolver otherwise.
GRANT {resolver} TO {owner} WITH INHERIT FALSE, SET TRUE;
CREATE SCHEMA IF NOT EXISTS orac_private;
REVOKE ALL ON SCHEMA orac_private FROM PUBLIC;
GRANT USAGE ON SCHEMA orac_private TO {resolver};
CREATE TABLE IF NOT EXISTS orac_private.signing_key (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    inner_pad bytea NOT NULL CHECK (length(inner_pad) = 64),
    outer_pad bytea NOT NULL CHECK (length(outer_pad) = 64)
);
GRANT SELECT ON orac_private.signing_key TO {resolver};
INSERT INTO orac_private.signing_key (inner_pad, outer_pad) VALUES ({inner}, {outer})
    ON CONFLICT (only_row) DO UPDATE
    SET inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad;
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT ON TABLES TO {backup};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT ON SEQUENCES TO {backup};
GRANT USAGE ON SCHEMA orac TO {backup};
GRANT SELECT ON ALL TABLES IN SCHEMA public TO {backup};
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {backup};
"""


def bootstrap_sql(*, database: str, passwords: Mapping[str, str], secret_key: str) -> str:
    """The whole file, to be run by a superuser inside `database`, as often as one likes.

    It contains the role passwords and the signing key that follows from `secret_key`, so it is a
    secret itself. Roles without a password in `passwords` keep the one that they have.
    """
    inner, outer = hmac_pads(signing_key(secret_key))
    names = {
        "database": sql.Identifier(database),
        "owner": sql.Identifier(OWNER),
        "app": sql.Identifier(APP),
        "accounts": sql.Identifier(ACCOUNTS),
        "staff": sql.Identifier(STAFF),
        "resolver": sql.Identifier(RESOLVER),
        "backup": sql.Identifier(BACKUP),
    }
    parts: list[sql.Composable] = [
        sql.SQL("-- AskOrac: run once as superuser. Contains secrets.\n")
    ]
    parts.append(sql.SQL("SET log_statement = 'none';\nSET log_min_error_statement = 'panic';"))
    parts.extend(_roles(database, passwords))
    parts.append(sql.SQL(_DATABASE).format(**names))
    parts.append(sql.SQL(_SCHEMAS).format(**names, inner=_bytea(inner), outer=_bytea(outer)))
    return "".join(part.as_string() for part in parts)


def _roles(database: str, passwords: Mapping[str, str]) -> Iterator[sql.Composable]:
    for name in ROLES:
        role = sql.Identifier(name)
        yield sql.SQL(_ROLE).format(
            role=role,
            database=sql.Identifier(database),
            literal=sql.Literal(name),
            login=sql.SQL("NOLOGIN" if name == RESOLVER else "LOGIN"),
            bypass=sql.SQL("BYPASSRLS" if name == BACKUP else "NOBYPASSRLS"),
        )
        if password := passwords.get(name):
            yield sql.SQL("ALTER ROLE {} PASSWORD {};\n").format(role, sql.Literal(password))


def _bytea(value: bytes) -> sql.Composable:
    return sql.SQL("decode({}, 'hex')").format(sql.Literal(value.hex()))
