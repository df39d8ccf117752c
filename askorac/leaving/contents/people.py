"""The organization: its name and members, names of keys, rules, and what was erased."""

from collections.abc import Iterator
from typing import Any, Final

from keys.models import ProviderKey
from knowledge.vectors.choosing import are_sealed
from projects.models import (
    ApiKey,
    AuditLink,
    ErasureReceipt,
    Member,
    Organization,
    ProjectMember,
    RetentionRule,
)

from .lines import moment

Row = dict[str, Any]
AUDIT_AT_ONCE: Final = 1_000


def organization() -> Row:
    """The open organization."""
    row = Organization.objects.get()
    return {
        "id": str(row.pk),
        "name": row.name,
        "created_at": moment(row.created_at),
        "has_vectors_sealed": are_sealed(),
        "requires_second_factor": row.requires_second_factor,
    }


def members() -> Iterator[Row]:
    """Who belongs to it, with roles of their own in projects."""
    own: dict[Any, list[Row]] = {}
    for role in ProjectMember.objects.order_by("id"):
        own.setdefault(role.member_id, []).append(
            {
                "project_id": str(role.project_id),
                "role": role.role,
                "reads_conversations": role.reads_conversations,
            }
        )
    told = ("role", "reads_conversations", "is_limited", "created_at", "user__name", "user__email")
    rows = Member.objects.select_related("user").only(*told)
    for member in rows.order_by("created_at", "id"):
        yield {
            "user_id": str(member.user_id),
            "name": member.user.name,
            "email": member.user.email,
            "role": member.role,
            "reads_conversations": member.reads_conversations,
            "is_limited": member.is_limited,
            "since": moment(member.created_at),
            "projects": own.get(member.pk, []),
        }


def provider_keys() -> Iterator[Row]:
    """What keys to providers there are; never a key."""
    for row in ProviderKey.objects.order_by("created_at", "id"):
        yield {
            "label": row.label,
            "provider": row.provider,
            "project_id": str(row.project_id) if row.project_id else None,
            "base_url": row.base_url,
            "model": row.model,
            "set_by": row.set_by,
            "set_at": moment(row.set_at),
            "revoked_at": moment(row.revoked_at),
        }


def api_keys() -> Iterator[Row]:
    """What API keys there are; never a key."""
    for row in ApiKey.objects.order_by("created_at", "id"):
        yield {
            "name": row.name,
            "rights": row.rights,
            "project_id": str(row.project_id) if row.project_id else None,
            "created_by": row.created_by,
            "created_at": moment(row.created_at),
            "revoked_at": moment(row.revoked_at),
        }


def retention() -> Iterator[Row]:
    """The rules that were made, of the organization and of projects."""
    for row in RetentionRule.objects.order_by("id"):
        yield {
            "project_id": str(row.project_id) if row.project_id else None,
            "content": row.content,
            "keep": row.keep,
            "days": row.days,
        }


def receipts() -> Iterator[Row]:
    """What was erased before, each as it was signed."""
    for row in ErasureReceipt.objects.order_by("at", "id"):
        yield {"document": row.document, "key_id": row.key_id, "signature": row.signature}


def audit_count() -> int:
    """How many events are linked."""
    return AuditLink.objects.count()
