"""What an archive is called inside: docs/guide/leaving.md describes each of these files."""

import re
from typing import Final
from uuid import UUID

FORMAT: Final = "askorac-archive"
# 2 has holds, invitations, requests of staff and checkpoints; 1 has not, and is taken as well.
VERSION: Final = 2
TAKEN: Final = (1, VERSION)
MANIFEST: Final = "manifest.json"
ORGANIZATION: Final = "organization.json"
MEMBERS: Final = "members.jsonl"
PROVIDER_KEYS: Final = "provider_keys.jsonl"
API_KEYS: Final = "api_keys.jsonl"
RETENTION: Final = "retention.jsonl"
RECEIPTS: Final = "receipts.jsonl"
HOLDS: Final = "holds.jsonl"
INVITATIONS: Final = "invitations.jsonl"
STAFF_REQUESTS: Final = "staff_requests.jsonl"
CHECKPOINTS: Final = "checkpoints.jsonl"
PROJECT: Final = "project.json"
AVATAR: Final = "avatar.webp"
_ID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# Nothing else stands in an archive: no name that leads anywhere, and none that somebody typed.
NAME: Final = re.compile(
    rf"manifest\.json|organization\.json|(?:members|provider_keys|api_keys|retention|receipts"
    rf"|holds|invitations|staff_requests|checkpoints)\.jsonl"
    rf"|audit/events-[0-9]{{6}}\.jsonl"
    rf"|projects/{_ID}/(?:project\.json|avatar\.webp|files/{_ID}(?:\.[a-z0-9]{{1,8}})?"
    rf"|(?:sources|documents|chunks|conversations|turns)-[0-9]{{6}}\.jsonl"
    rf"|vectors-[0-9]{{6}}\.npy)"
)
_ENDING: Final = re.compile(r"\.[a-z0-9]{1,8}")


def in_project(project_id: UUID | str, name: str) -> str:
    """The path of a project's file."""
    return f"projects/{project_id}/{name}"


def numbered(name: str, number: int, ending: str = "jsonl") -> str:
    """The name of one of several files of the same kind."""
    return f"{name}-{number:06d}.{ending}"


def file_name(source_id: UUID, called: str) -> str:
    """What a source's file is called: its id, and the ending that it came with if it is plain."""
    ending = called[called.rfind(".") :].lower() if "." in called else ""
    return f"files/{source_id}{ending if _ENDING.fullmatch(ending) else ''}"
