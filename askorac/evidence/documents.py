"""What is written down for who asks by questionnaire, and whom to write to about a hole."""

from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings

from askorac.environment import BASE_DIR

FOLDER: Final = BASE_DIR / "docs" / "security"
# By the word in their address.
DOCUMENTS: Final = {"questionnaire": "caiq.md", "agreement": "dpa.md"}
GOOD_FOR: Final = timedelta(days=180)


def document(name: str) -> str | None:
    """The text of a document by its word; None for any other."""
    file = DOCUMENTS.get(name)
    return None if file is None else (FOLDER / file).read_text(encoding="utf-8")


def security_txt(contact: str, *, now: datetime) -> str:
    """The file of RFC 9116, good for half a year from the beginning of this day."""
    expires = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + GOOD_FOR
    lines = (
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {settings.PUBLIC_URL}/.well-known/security.txt",
        f"Policy: {settings.PUBLIC_URL}/security/#report",
    )
    return "\n".join(lines) + "\n"
