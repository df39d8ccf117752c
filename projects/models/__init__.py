"""Who: users, organizations, their members and projects, and what was done."""

from .api_keys import ApiKey, Rights
from .audit import AuditCheckpoint, AuditDelivery, AuditEvent, AuditHead, AuditLink, KeyUse
from .avatars import Avatar
from .idempotency import IdempotencyRecord
from .invitations import Invitation
from .limits import OrganizationLimits
from .organizations import Member, Organization, ProjectMember, ProjectRole, Role
from .projects import Position, Project, Theme
from .retention import Content, ErasureReceipt, Hold, Keep, PurgeRun, RetentionRule
from .sign_ins import Refusal, RefusedSignIn
from .staff_access import Decision, StaffGrant, StaffRule, StaffRules
from .users import User

__all__ = [
    "ApiKey",
    "AuditCheckpoint",
    "AuditDelivery",
    "AuditEvent",
    "AuditHead",
    "AuditLink",
    "Avatar",
    "Content",
    "Decision",
    "ErasureReceipt",
    "Hold",
    "IdempotencyRecord",
    "Invitation",
    "Keep",
    "KeyUse",
    "Member",
    "Organization",
    "OrganizationLimits",
    "Position",
    "Project",
    "ProjectMember",
    "ProjectRole",
    "PurgeRun",
    "Refusal",
    "RefusedSignIn",
    "RetentionRule",
    "Rights",
    "Role",
    "StaffGrant",
    "StaffRule",
    "StaffRules",
    "Theme",
    "User",
]
