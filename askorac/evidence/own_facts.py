"""What is in place for one organization: its keys, its rules, and whom its data goes to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from askorac.tenancy.context import tenant
from keys.data_flow import Stage, leaving_of
from keys.encryption import Encryption, read_encryption
from projects.access import Access
from projects.models import AuditCheckpoint
from projects.retention.rules import Ruled, rules_of
from projects.trail.checkpoints import list_checkpoints

from .facts import Processor, our_services

MOST_PROJECTS: Final = 1_000


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """What the page says. `project_count` is how many projects were looked at."""

    encryption: Encryption
    rules: tuple[Ruled, ...]
    checkpoint: AuditCheckpoint | None
    processors: tuple[Processor, ...]
    project_count: int

    @property
    def is_of_newest(self) -> bool:
        """Whether there may be older projects that were not looked at."""
        return self.project_count == MOST_PROJECTS


def read_own_facts(*, organization_id: UUID, access: Access, now: datetime) -> OwnFacts:
    """Told from real settings, of the projects that the member sees, up to a thousand.

    Call it with no context open. No key is opened, and no provider is asked.
    """
    encryption = read_encryption(organization_id=organization_id, now=now)
    with tenant(organization_id):
        projects = list(access.visible_projects().order_by("-created_at")[:MOST_PROJECTS])
        return OwnFacts(
            encryption=encryption,
            rules=tuple(rules_of().values()),
            checkpoint=next(iter(list_checkpoints(limit=1).rows), None),
            processors=(*_providers(leaving_of(projects)), *our_services()),
            project_count=len(projects),
        )


def _providers(stages: Iterable[Stage]) -> list[Processor]:
    """One for each server and account, with all that goes there."""
    sent: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for stage in stages:
        who = stage.who.partition(", by ")[0]
        key = (who, stage.host, stage.place, stage.account)
        sent.setdefault(key, {})[stage.sent] = None
    return [
        Processor(who, host, place, ", ".join(gets).capitalize(), account)
        for (who, host, place, account), gets in sent.items()
    ]
