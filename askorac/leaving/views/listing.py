"""What the page shows of archives."""

from typing import Any, Final

from askorac.leaving.exports import all_exports, export_rows
from askorac.leaving.imports import all_imports, import_rows

SHOWN: Final = 20


def shown_exports() -> dict[str, Any]:
    """The latest exports of the open organization, for the template."""
    rows = export_rows(list(all_exports().order_by("-created_at", "id")[:SHOWN]))
    return {"exports": rows, "is_exporting": any(row.is_working for row in rows)}


def shown_imports() -> dict[str, Any]:
    """The latest imports of the open organization, for the template."""
    rows = import_rows(list(all_imports().order_by("-created_at", "id")[:SHOWN]))
    return {"imports": rows, "is_importing": any(row.is_working for row in rows)}
