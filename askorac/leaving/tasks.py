"""Which jobs this app does."""

from askorac.jobs.registry import register
from projects.deletion import END_ORGANIZATION, END_PROJECT, TELL_ORGANIZATION, TELL_PROJECT

from . import ending, exporting, importing, telling
from .exports import EXPIRE_EXPORT, MAKE_EXPORT, TELL_EXPORT
from .imports import MAKE_IMPORT, TELL_IMPORT


def register_jobs() -> None:
    """Name the function for each kind of job of this app."""
    register(END_PROJECT, ending.end_project)
    register(END_ORGANIZATION, ending.end_organization)
    register(TELL_PROJECT, telling.tell_project)
    register(TELL_ORGANIZATION, telling.tell_organization)
    register(telling.TELL_PROJECT_GONE, telling.tell_project_gone)
    register(MAKE_EXPORT, exporting.make_export)
    register(EXPIRE_EXPORT, exporting.expire_export)
    register(MAKE_IMPORT, importing.make_import)
    register(TELL_EXPORT, telling.tell_export)
    register(TELL_IMPORT, telling.tell_import)
