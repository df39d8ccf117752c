"""What the catalog says about the roles themselves: their rights, and what they may not do."""

from collections.abc import Callable, Iterable, Iterator

from .catalog_rows import one_of, rows_of
from .isolation import ACCOUNTS, APP, BACKUP, RESOLVER, ROLES, STAFF

Rule = Callable[[str], Iterable[str]]

# What bootstrap_sql sets for the database; for a role it sets nothing.
DATABASE_SETTINGS = {
    "log_min_error_statement=panic",
    "log_statement=none",
    "log_min_duration_statement=-1",
    "log_parameter_max_length=0",
    "log_parameter_max_length_on_error=0",
    "log_min_duration_sample=-1",
    "log_transaction_sample_rate=0",
    "log_error_verbosity=terse",
}


def roles(using: str) -> Iterator[str]:
    """What each role is, and what none may do."""
    found = {
        row[0]: row
        for row in rows_of(
            using,
            "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb"
            " FROM pg_roles WHERE rolname = ANY(%s)",
            list(ROLES),
        )
    }
    for role in ROLES:
        if role not in found:
            yield f"The role {role} is missing: run the output of bootstrap_sql."
            continue
        _, is_super, bypasses, logs_in, makes_roles, makes_databases = found[role]
        if is_super or makes_roles or makes_databases or (bypasses and role != BACKUP):
            yield f"The role {role} has more rights than it may."
        if logs_in == (role == RESOLVER):
            yield f"The role {role} has the wrong right to log in."
    for role in (APP, ACCOUNTS, STAFF):
        if one_of(using, "SELECT has_database_privilege(%s, current_database(), 'TEMP')", role):
            yield f"The role {role} may make temporary tables."
        for schema in ("public", "orac"):
            if one_of(using, "SELECT has_schema_privilege(%s, %s, 'CREATE')", role, schema):
                yield f"The role {role} may create in the schema {schema}."
        if one_of(using, "SELECT has_schema_privilege(%s, 'orac_private', 'USAGE')", role):
            yield f"The role {role} reaches the signing key's schema."


def defaults(using: str) -> Iterator[str]:
    """Sessions begin with our settings and no others.

    A role may change its own defaults: who once got hold of one could set a trap for later
    sessions, such as another search_path.
    """
    for role, setting in rows_of(
        using,
        "SELECT r.rolname, unnest(s.setconfig) FROM pg_db_role_setting s"
        " LEFT JOIN pg_roles r ON r.oid = s.setrole"
        " LEFT JOIN pg_database d ON d.oid = s.setdatabase"
        " WHERE (r.rolname = ANY(%s) OR s.setrole = 0)"
        " AND (s.setdatabase = 0 OR d.datname = current_database())",
        list(ROLES),
    ):
        name = setting.partition("=")[0]
        if role is not None:
            yield f"The role {role} begins with {name} set: run the output of bootstrap_sql."
        elif setting not in DATABASE_SETTINGS:
            yield f"The database sets {name}, which nothing declares: reset it with ALTER DATABASE."


def large_objects(using: str) -> Iterator[str]:
    """No login reaches large objects: they lie outside of every policy."""
    for role in (APP, ACCOUNTS, STAFF):
        count = one_of(
            using,
            "SELECT count(*) FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace"
            " AND (p.proname ~ '^lo_' OR p.proname IN ('loread', 'lowrite'))"
            " AND has_function_privilege(%s, p.oid, 'EXECUTE')",
            role,
        )
        if count:
            yield f"The role {role} may write large objects: run the output of bootstrap_sql."


ROLE_RULES: tuple[Rule, ...] = (roles, defaults, large_objects)
