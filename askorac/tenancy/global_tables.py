"""The tables of no organization: users, sessions, addresses; the accounts role's alone."""

from collections.abc import Iterator

from .isolation import ACCOUNTS, ALL, APP, STAFF

# The columns of these tables that our staff may read; their pages read the same tuples.
STAFF_COLUMNS = {
    "projects_user": ("id", "name", "email", "is_active", "is_staff", "created_at", "last_login"),
}

# table → role → what it may: commands, or SELECT of the columns in brackets.
GLOBAL_TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "projects_user": {
        ACCOUNTS: ALL,
        APP: ("SELECT (id, name, email)",),
        STAFF: (f"SELECT ({', '.join(STAFF_COLUMNS['projects_user'])})",),
    },
    "projects_user_groups": {ACCOUNTS: ALL},
    "projects_user_user_permissions": {ACCOUNTS: ALL},
    "auth_group": {ACCOUNTS: ("SELECT",)},
    "auth_group_permissions": {ACCOUNTS: ("SELECT",)},
    "auth_permission": {ACCOUNTS: ("SELECT",)},
    "django_content_type": {ACCOUNTS: ("SELECT",)},
    "django_session": {ACCOUNTS: ALL},
    "account_emailaddress": {ACCOUNTS: ALL},
    "account_emailconfirmation": {ACCOUNTS: ALL},
    "mfa_authenticator": {ACCOUNTS: ALL},
    "usersessions_usersession": {ACCOUNTS: ALL},
    "projects_refusedsignin": {ACCOUNTS: ALL},
    "django_admin_log": {ACCOUNTS: ("SELECT", "INSERT")},
    "django_migrations": {APP: ("SELECT",)},
    # About the installation as a whole, in numbers; the owner adds to it.
    "recovery_restoredrill": {APP: ("SELECT",), STAFF: ("SELECT",)},
    # What this installation signs with; its seed is wrapped. No login but the owner's replaces it.
    "signing_signingkey": {APP: ("SELECT", "INSERT")},
    "signing_formersigningkey": {APP: ("SELECT",)},
    # What was looked at, and the throw-away organizations of the isolation proof: out of the
    # app's reach, which could otherwise forge the one and have any organization thrown away.
    "evidence_run": {ACCOUNTS: ALL, STAFF: ("SELECT",)},
    "evidence_decoy": {ACCOUNTS: ALL},
}

_USER_POLICIES = f"""
ALTER TABLE projects_user ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects_user FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS accounts_all ON projects_user;
CREATE POLICY accounts_all ON projects_user FOR ALL TO {ACCOUNTS} USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS fellow_members ON projects_user;
-- The policies of projects_member decide which members there are to see.
CREATE POLICY fellow_members ON projects_user FOR SELECT TO {APP}
    USING (id IN (SELECT m.user_id FROM projects_member m));
DROP POLICY IF EXISTS staff_select ON projects_user;
CREATE POLICY staff_select ON projects_user FOR SELECT TO {STAFF} USING (true);
"""


def statements(*tables: str) -> Iterator[str]:
    """The SQL that gives each role what is said above of `tables`, and nothing else."""
    for table in tables:
        for role in (APP, ACCOUNTS, STAFF):
            yield f"REVOKE ALL ON {table} FROM {role}"
        for role, rights in GLOBAL_TABLES[table].items():
            yield f"GRANT {', '.join(rights)} ON {table} TO {role}"
    if "projects_user" in tables:
        yield _USER_POLICIES
