"""System checks: of the settings at every start, of the catalog when a database is named."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from .agreement import DISBELIEVED, REMEDY, is_believed
from .catalog import violations
from .context import login_role
from .isolation import ACCOUNTS, APP, OWNER, STAFF

LOGINS = {"default": APP, "accounts": ACCOUNTS, "staff": STAFF, "owner": OWNER}


@register(Tags.security)
def check_logins(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Each alias logs in as its own role and binds parameters on the server.

    Bound by the client, a signed context would stand readable in pg_stat_activity.
    """
    errors: list[CheckMessage] = []
    for alias, database in settings.DATABASES.items():
        if database["USER"] != LOGINS[alias]:
            hint = f"Its address must log in as {LOGINS[alias]}."
            errors.append(
                Error(f"The database “{alias}” has the wrong login.", hint, id="orac.E001")
            )
        options = database["OPTIONS"]
        if not isinstance(options, dict) or options.get("server_side_binding") is not True:
            errors.append(Error(f"The database “{alias}” binds in the client.", id="orac.E002"))
    return errors


@register(Tags.database)
def check_catalog(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The database isolates as the models declare, and believes what is signed here."""
    if not databases or DEFAULT_DB_ALIAS not in databases:
        return []
    if found := [Error(sentence, id="orac.E010") for sentence in violations()]:
        return [*found]
    with transaction.atomic(), connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        if is_believed(cursor, role=login_role()):
            return []
    return [Error(DISBELIEVED, REMEDY, id="orac.E011")]
