"""Who: users, organizations, their members and projects, and what was done."""

from .audit import AuditEvent
from .organizations import Member, Organization, Role
from .projects import Position, Project, Theme
from .users import User

__all__ = ["AuditEvent", "Member", "Organization", "Position", "Project", "Role", "Theme", "User"]
