"""Who belongs to an organization: members and their roles, invitations, coming in."""
