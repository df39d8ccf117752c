"""What the database's own catalog says about isolation, held against what the models declare.

Each rule yields sentences that name what is wrong; none means that it holds. They read the
catalog only, so that the app role can ask.
"""

import hashlib
import re
from collections.abc import Iterator

from django.apps import apps

from .allowed import ALLOWED
from .catalog_rows import one_of, rows_of
from .global_tables import GLOBAL_TABLES
from .isolation import ACCOUNTS, APP, BACKUP, OWNER, RESOLVER, ROLES, STAFF
from .models import TenantForeignKey, TenantModel
from .role_catalog import ROLE_RULES, Rule

VIEWS = {"knowledge_chunk_intake": {APP: {"INSERT"}}}
# A public key is public: that it exists is no secret, and a second row with it could pose as it.
GLOBAL_UNIQUE = {"projects_project_public_key_key", "projects_organization_pkey"}
_REQUIRED_SETTINGS = {
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}


def violations(using: str = "default") -> list[str]:
    """Everything that the catalog has wrong; empty when isolation holds."""
    if not one_of(using, "SELECT to_regnamespace('orac') IS NOT NULL"):
        return [*server(using), "The schema orac is missing: run the output of bootstrap_sql."]
    rules: tuple[Rule, ...] = (
        server,
        *ROLE_RULES,
        tables,
        policies,
        foreign_keys,
        unique_keys,
        grants,
        views,
        functions,
        triggers,
    )
    return [sentence for rule in rules for sentence in rule(using)]


def tenant_models() -> list[type[TenantModel]]:
    """Every model whose rows belong to an organization."""
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


def server(using: str) -> Iterator[str]:
    """Version, extension and log settings."""
    version = int(one_of(using, "SELECT current_setting('server_version_num')"))
    if version < 160000:
        yield "PostgreSQL 16 or later is needed."
    oldest = {16: 160012, 17: 170008, 18: 180002}.get(version // 10000, 0)
    if version < oldest:
        yield "This minor release of PostgreSQL has known policy leaks; update it."
    vector = one_of(using, "SELECT extversion FROM pg_extension WHERE extname = 'vector'")
    if vector is None or tuple(map(int, str(vector).split(".")[:2])) < (0, 8):
        yield "The extension vector 0.8 or later is needed: run the output of bootstrap_sql."
    for name, wanted in _REQUIRED_SETTINGS.items():
        if one_of(using, "SELECT current_setting(%s)", name) != wanted:
            yield f"{name} must be {wanted}: run the output of bootstrap_sql."


def tables(using: str) -> Iterator[str]:
    """Every table is a tenant's, isolated by force, or a global one that is listed."""
    known = {model._meta.db_table for model in tenant_models()}
    rows = rows_of(
        using,
        "SELECT relname, relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner)"
        " FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
    )
    for table, is_enabled, is_forced, owner in rows:
        if owner != OWNER:
            yield f"{table} belongs to {owner} instead of {OWNER}."
        if table in known or table == "projects_user":
            if not (is_enabled and is_forced):
                yield f"{table} is not under forced row-level security."
        elif table not in GLOBAL_TABLES:
            yield f"{table} is neither a tenant's table nor a listed global one."
    for table in known - {row[0] for row in rows}:
        yield f"{table} is missing: run migrate."


def policies(using: str) -> Iterator[str]:
    """Each tenant table has the policies that its model declares; else only the resolver's."""
    found: dict[str, dict[str, tuple[str, set[str], str]]] = {}
    for table, name, command, names, condition in rows_of(
        using,
        "SELECT tablename, policyname, cmd, roles::text[],"
        " concat_ws(' ', qual, with_check) FROM pg_policies WHERE schemaname = 'public'",
    ):
        found.setdefault(table, {})[name] = (command, set(names), _normal(condition))
    resolvers = {policy[:2] for function in ALLOWED.values() for policy in function.policies()}
    for model in tenant_models():
        table = model._meta.db_table
        here = found.get(table, {})
        wanted = {
            name: (command, set(names.split(", ")), _normal(condition))
            for name, command, names, condition in model.isolation.policies()
        }
        for name, policy in wanted.items():
            if here.get(name) != policy:
                yield f"{table} lacks its policy {name}, or has another; add an Isolate operation."
        for name in here.keys() - wanted.keys():
            if here[name][1] != {RESOLVER} or (table, name) not in resolvers:
                yield f"{table} has the policy {name}, which nothing declares."


def _normal(condition: str) -> str:
    """A condition without what the catalog adds to it or leaves out: spaces, brackets, aliases."""
    words = re.sub(r"\bAS (?:current|opened)_\w+|USING|WITH CHECK|[()\s]", "", condition)
    return words.lower()


def foreign_keys(using: str) -> Iterator[str]:
    """Between tenant tables keys are (organization_id, …) and cascade; every relation has one."""
    known = {model._meta.db_table for model in tenant_models()}
    composite = set()
    for table, target, columns, deletes in rows_of(
        using,
        """
        SELECT c.conrelid::regclass::text, c.confrelid::regclass::text,
            (SELECT array_agg(a.attname::text ORDER BY k.place)
             FROM unnest(c.conkey) WITH ORDINALITY k(number, place)
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number),
            c.confdeltype::text
        FROM pg_constraint c WHERE c.contype = 'f'
        """,
    ):
        if table not in known or target not in known or columns == ["organization_id"]:
            continue
        if len(columns) != 2 or columns[0] != "organization_id" or deletes != "c":
            yield f"The key of {table} on {', '.join(columns)} is not composite and cascading."
        composite.add((table, columns[-1]))
    for model in tenant_models():
        for field in model._meta.concrete_fields:
            if (
                isinstance(field, TenantForeignKey)
                and (model._meta.db_table, field.column) not in composite
            ):
                yield f"{model._meta.db_table}.{field.column} lacks its composite key; add Isolate."


def unique_keys(using: str) -> Iterator[str]:
    """Unique keys of tenant tables begin with the organization, else a duplicate is an oracle."""
    known = [model._meta.db_table for model in tenant_models()]
    for table, name, first in rows_of(
        using,
        "SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, a.attname::text"
        " FROM pg_index i LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid"
        " AND a.attnum = i.indkey[0] WHERE i.indisunique AND i.indrelid::regclass::text = ANY(%s)",
        known,
    ):
        if first != "organization_id" and name not in GLOBAL_UNIQUE:
            yield f"The unique key {name} of {table} does not begin with organization_id."


def grants(using: str) -> Iterator[str]:
    """Each role has exactly the rights that are declared, on tables and on columns."""
    wanted = _declared_grants()
    found: dict[tuple[str, str], set[str]] = {}
    for table, role, right in rows_of(using, _GRANTS, list(ROLES)):
        if role not in {OWNER, BACKUP}:
            found.setdefault((table, role), set()).add(right)
    for key in wanted.keys() | found.keys():
        extra = found.get(key, set()) - wanted.get(key, set())
        missing = wanted.get(key, set()) - found.get(key, set())
        if extra:
            yield f"{key[1]} may {', '.join(sorted(extra))} on {key[0]}, which nothing declares."
        if missing:
            yield f"{key[1]} may not {', '.join(sorted(missing))} on {key[0]}; add Isolate."
    public = rows_of(using, _PUBLIC_GRANTS)
    yield from (f"Everybody has rights on {row[0]}." for row in public)


def views(using: str) -> Iterator[str]:
    """Views run with the asker's rights, and none belongs to a superuser."""
    for name, options, owner in rows_of(
        using,
        """
        SELECT c.relname, coalesce(c.reloptions::text, ''), pg_get_userbyid(c.relowner)
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm')
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        """,
    ):
        if name not in VIEWS or "security_invoker" not in options or owner != OWNER:
            yield f"The view {name} is not listed, not security_invoker, or not {OWNER}'s."


def functions(using: str) -> Iterator[str]:
    """Definer functions are those on the allow-list, to the letter, with a fixed search_path."""
    seen = set()
    for name, owner, body, settings in rows_of(
        using,
        "SELECT p.proname, pg_get_userbyid(p.proowner), p.prosrc, coalesce(p.proconfig::text, '')"
        " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')",
    ):
        seen.add(name)
        pinned = ALLOWED.get(name)
        if pinned is None or hashlib.sha256(body.encode()).hexdigest() != pinned.fingerprint:
            yield f"The definer function {name} is not the one on the allow-list."
        if owner != RESOLVER or "search_path=pg_catalog, pg_temp" not in settings:
            yield f"The definer function {name} has another owner or search_path than it must."
    for name in ALLOWED.keys() - seen:
        yield f"The look-up {name} is missing: run migrate."


def triggers(using: str) -> Iterator[str]:
    """What commits to audit events and links them is in force."""
    found = {
        name
        for name, enabled in rows_of(
            using,
            "SELECT t.tgname, t.tgenabled::text FROM pg_trigger t"
            " WHERE t.tgrelid = to_regclass('public.projects_auditevent') AND NOT t.tgisinternal",
        )
        if enabled == "O"
    }
    for name in sorted({"commit_event", "link_event"} - found):
        yield f"The trigger {name} of projects_auditevent is missing or off: run migrate."


_GRANTS = """
    SELECT c.relname, pg_get_userbyid(a.grantee), a.privilege_type FROM pg_class c,
        aclexplode(c.relacl) a
    WHERE c.relnamespace = 'public'::regnamespace AND pg_get_userbyid(a.grantee) = ANY(%s)
    UNION ALL
    SELECT c.relname, pg_get_userbyid(a.grantee), a.privilege_type || ' ' || t.attname
    FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
    WHERE c.relnamespace = 'public'::regnamespace
"""
_PUBLIC_GRANTS = """
    SELECT c.relname FROM pg_class c, aclexplode(c.relacl) a
    WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 0
"""


def _declared_grants() -> dict[tuple[str, str], set[str]]:
    wanted: dict[tuple[str, str], set[str]] = {}
    for model in tenant_models():
        table, isolation = model._meta.db_table, model.isolation
        wanted[table, APP] = set(_columns_apart(isolation.app))
        columns = (*isolation.staff, *isolation.reading)
        wanted[table, STAFF] = {f"SELECT {column}" for column in columns}
        wanted[table, ACCOUNTS] = set(_columns_apart(isolation.accounts))
    for table, by_role in GLOBAL_TABLES.items():
        for role, rights in by_role.items():
            wanted[table, role] = set(_columns_apart(rights))
    for function in ALLOWED.values():
        for table, command, columns in function.grants():
            touched = {f"{command} {column}" for column in columns} or {command}
            wanted.setdefault((table, RESOLVER), set()).update(touched)
    for view, by_right in VIEWS.items():
        for role, commands in by_right.items():
            wanted[view, role] = commands
    return wanted


def _columns_apart(rights: tuple[str, ...]) -> Iterator[str]:
    for right in rights:
        command, _, columns = right.partition(" (")
        if columns:
            yield from (f"{command} {column}" for column in columns.rstrip(")").split(", "))
        else:
            yield command
