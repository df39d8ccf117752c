"""The end of an organization: whether it is near, and the one statement that brings it.

The application can neither delete an organization nor say when one ends: the accounts login writes
the time, and the function below acts only once that has come.
"""

from django.db import connections

from .context import require
from .definers import Lookup
from .isolation import APP

IS_ENDING = Lookup(
    signature="is_ending()",
    returns="boolean",
    body=(
        " SELECT EXISTS (SELECT FROM public.projects_organization o"
        " WHERE o.id = (SELECT orac.current_organization()) AND o.deletes_at IS NOT NULL) "
    ),
    reads=(("projects_organization", ("id", "deletes_at")),),
    callers=(APP,),
)
END_ORGANIZATION = Lookup(
    signature="end_organization()",
    returns="boolean",
    language="plpgsql",
    callers=(APP,),
    body="""
DECLARE organization uuid := orac.current_organization();
BEGIN
    IF orac.current_project() IS NOT NULL OR NOT EXISTS (SELECT FROM public.projects_organization o
        WHERE o.id = organization AND o.deletes_at <= statement_timestamp()) THEN
        RETURN false;
    END IF;
    -- What has no key to the organization's row does not go with it.
    DELETE FROM public.projects_auditevent e WHERE e.organization_id = organization;
    DELETE FROM public.projects_organization o WHERE o.id = organization;
    RETURN true;
END
""",
    reads=(
        ("projects_organization", ("id", "deletes_at")),
        ("projects_auditevent", ("organization_id",)),
    ),
    changes=(
        ("projects_organization", "DELETE", ()),
        ("projects_auditevent", "DELETE", ()),
    ),
)
ENDINGS = (IS_ENDING, END_ORGANIZATION)


def is_ending() -> bool:
    """Whether the organization of the open context is to be deleted; a public door may ask, too."""
    return _ask("is_ending")


def end_organization() -> bool:
    """Delete the organization of the open context with every row that is its own.

    False, and nothing is deleted, before its time has come.
    """
    return _ask("end_organization")


def _ask(name: str) -> bool:
    require()
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT orac.{name}()")
        return bool(cursor.fetchone()[0])
