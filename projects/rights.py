"""Which role gives which rights: the one table of it."""

from typing import Final, Literal, get_args

from .models import Role

Right = Literal[
    "project.view",
    "project.edit",
    "project.create",
    "project.delete",
    "conversations.read",
    "conversations.delete",
    "members.manage",
    "keys.manage",
    "api_keys.manage",
    "encryption.manage",
    "audit.read",
    "retention.manage",
    "export.make",
    "organization.edit",
    "organization.delete",
    "staff_access.decide",
    "security.manage",
]
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)

_VIEWER: Final[frozenset[Right]] = frozenset({"project.view"})
_EDITOR: Final[frozenset[Right]] = _VIEWER | {"project.edit", "project.create"}
_ADMIN: Final[frozenset[Right]] = frozenset(RIGHTS) - {"organization.delete"}
OF_ROLE: Final[dict[str, frozenset[Right]]] = {
    Role.OWNER: frozenset(RIGHTS),
    Role.ADMIN: _ADMIN,
    Role.EDITOR: _EDITOR,
    Role.VIEWER: _VIEWER,
}
# What a member may do in one project follows from the role in it; the rest from the organization's.
OF_PROJECT: Final[frozenset[Right]] = frozenset(
    {
        "project.view",
        "project.edit",
        "project.delete",
        "conversations.read",
        "conversations.delete",
        "members.manage",
        "keys.manage",
        "retention.manage",
    }
)
# Who may look at content is decided whatever becomes of the organization.
STAYING: Final[frozenset[Right]] = frozenset({"staff_access.decide"})
# What changes nothing, and stays while the organization is suspended.
LOOKING: Final[frozenset[Right]] = frozenset({"project.view", "conversations.read", "audit.read"})
# What is left besides when the organization, or the project, is to be deleted.
LEAVING: Final[frozenset[Right]] = frozenset(
    {"export.make", "project.delete", "organization.delete"}
)


def rights_of(role: str, *, reads_conversations: bool) -> frozenset[Right]:
    """What a role gives, with the right to read conversations if it was given besides.

    Who may edit a project and read its conversations may delete them.
    """
    rights = OF_ROLE[role]
    if not reads_conversations:
        return rights
    given: set[Right] = {"conversations.read"}
    if "project.edit" in rights:
        given.add("conversations.delete")
    return rights | given
