"""Every action that the audit trail knows, in the words in which people read it."""

from typing import Any, Final

from .subjects import phrase_of

# "{who} {words} {target}": Ada deleted the project “Help desk”.
ACTIONS: Final = {
    "access.refused": "was refused something in the organization",
    "api_key.created": "made the API key",
    "api_key.refused": "was refused, since it had been revoked:",
    "api_key.used": "counted uses of the API key",
    "api_key.revoked": "revoked the API key",
    "audit_delivery.changed": "changed where checkpoints are sent, of the organization",
    "audit_trail.cut": "cut old events off the audit trail of",
    "audit_trail.exported": "exported the audit trail of",
    "audit_trail.person_erased": "erased what told of persons, in the audit trail of",
    "conversation.deleted": "deleted the conversation",
    "conversation.read": "read the conversation",
    "conversations.deleted": "deleted conversations of",
    "conversations.exported": "exported the conversations of",
    "conversations.listed": "saw a list of conversations of",
    "data_key.rotated": "rotated the data key of the organization",
    "encryption.closed": "was refused the organization's keys by the key service",
    "encryption.opened": "was given the organization's keys again by the key service",
    "hold.lifted": "lifted the hold on",
    "hold.placed": "placed a hold on",
    "invitation.sent": "sent an invitation to",
    "invitation.withdrawn": "withdrew the invitation of",
    "export.downloaded": "downloaded the export of",
    "export.ready": "finished the export of",
    "export.requested": "asked for an export of",
    "import.finished": "brought in an archive to",
    "import.requested": "gave an archive to be brought in to",
    "job.retried": "queued failed work again:",
    "job.stopped": "stopped work:",
    "key_service.changed": "gave other credentials for the organization's own key service",
    "key_service.chosen": "chose a key service of the organization's own",
    "key_service.left": "left the organization's own key service",
    "limits.changed": "changed the limits of the organization",
    "member.access_changed": "changed what may be seen by the member",
    "member.joined": "accepted an invitation, as the member",
    "member.left": "left the organization, as the member",
    "member.project_role_changed": "gave another role in a project to the member",
    "member.project_roles_changed": "changed the roles by project of the member",
    "member.removed": "removed the member",
    "member.role_changed": "gave another role to the member",
    "organization.created": "founded the organization",
    "organization.deletion_asked": "asked for the deletion of the organization",
    "organization.deletion_taken_back": "took back the deletion of the organization",
    "organization.renamed": "renamed the organization to",
    "organization.resumed": "opened again the organization",
    "organization.suspended": "suspended the organization",
    "organization.transferred": "transferred the ownership of the organization to",
    "project.avatar_removed": "removed the picture of the project",
    "project.avatar_set": "gave a picture to the project",
    "project.created": "made the project",
    "project.deleted": "deleted the project",
    "project.deletion_asked": "asked for the deletion of the project",
    "project.deletion_taken_back": "took back the deletion of the project",
    "project.domains_changed": "changed the sites of the project",
    "project.look_changed": "changed the look of the project",
    "project.models_chosen": "chose the models of the project",
    "project.renamed": "renamed the project to",
    "project.settings_changed": "changed settings of the project",
    "provider_key.added": "added the provider key",
    "provider_key.labelled": "gave another label to the provider key",
    "provider_key.released": "let other accounts answer in the place of the provider key",
    "provider_key.replaced": "replaced the provider key",
    "provider_key.used": "counted uses of the provider key",
    "provider_key.revoked": "revoked the provider key",
    "staff.viewed": "looked at the",
    "staff_access.allowed": "let our staff in:",
    "staff_access.asked": "asked for access to content, and waits for your decision",
    "staff_access.barred": "asked for access to content, and was refused by your rule",
    "staff_access.ended": "ended our staff's access:",
    "staff_access.left": "gave back the access to content",
    "staff_access.refused": "refused our staff's request:",
    "staff_access.rule_changed": "changed the rule for our staff's access to",
    "staff_access.started": "was let in by your rule, for content",
    "retention.changed": "changed the rules of retention of",
    "retention.purged": "purged what had been kept long enough in",
    "second_factor.left_open": "no longer requires two factors in the organization",
    "second_factor.required": "requires two factors in the organization",
    "source.added": "added the source",
    "source.refreshed": "had the source read again:",
    "source.removed": "removed the source",
    "source.replaced": "replaced the source",
    "source.retried": "had the source tried again:",
    "user.factor_added": "added a second factor",
    "user.factor_removed": "removed a second factor",
    "user.password_changed": "changed their password",
    "user.recovery_code_used": "used a recovery code",
    "user.recovery_codes_made": "had recovery codes made",
    "user.deleted": "deleted their account",
    "user.renamed": "changed their name to",
    "user.session_ended": "ended one of their sessions",
    "user.sign_in_refused": "was refused at the login of",
    "user.signed_in": "logged in",
    "user.signed_out": "logged out",
    "vectors.sealed": "had vectors sealed, for",
    "vectors.unsealed": "had vectors no longer sealed, for",
    "visitor.erased": "erased a visitor at their request, in",
    "visitor.exported": "gave out all that is kept of a visitor, in",
    "wrapping_key.rotated": "rotated the wrapping key of the organization",
}

# What something may be done to.
TARGETS: Final = {
    "api_key": "API key",
    "conversation": "conversation",
    "conversations": "list of conversations of",
    "data_key": "data key",
    "document": "document",
    "invitation": "invitation",
    "job": "work",
    "key_service": "key service",
    "member": "member",
    "organization": "organization",
    "project": "project",
    "provider_key": "provider key",
    "source": "source",
    "sources": "list of sources of",
    "staff_grant": "access of staff",
    "user": "person",
}

# Which right a refusal names, in words: those of members, and what keys of programs need.
NEEDED: Final = {
    "project.view": "the right to see the project",
    "project.edit": "the right to change the project",
    "project.create": "the right to make projects",
    "project.delete": "the right to delete the project",
    "conversations.read": "the right to read conversations",
    "conversations.delete": "the right to delete conversations",
    "members.manage": "the right to manage members",
    "keys.manage": "the right to manage provider keys",
    "api_keys.manage": "the right to manage API keys",
    "encryption.manage": "the right to manage encryption",
    "audit.read": "the right to read the audit trail",
    "retention.manage": "the right to manage retention",
    "export.make": "the right to export everything",
    "organization.edit": "the right to change the organization",
    "organization.delete": "the right to delete the organization",
    "staff_access.decide": "the right to decide on our staff's access",
    "security.manage": "the right to manage security",
    "read": "a key that opens it",
    "write": "a key that may write there",
    "own": "a key that an owner has made",
    "own.read": "a key that an owner has made",
}
REFUSED: Final = "access.refused"
# What of `details` stands in the words already, by action; or says nothing as long as it is False.
UNTOLD: Final = {
    (REFUSED, "right"),
    (REFUSED, "page"),
    (REFUSED, "method"),
    ("staff.viewed", "kind"),
    "is_search",
}

# What `details` may hold, in words; what is not named here is shown by its own name.
DETAILS: Final = {
    "after": "after",
    "before": "before",
    "count": "how many",
    "device": "device",
    "deletes_at": "to be deleted at",
    "fields": "what",
    "is_search": "by a search",
    "is_whole": "all of it",
    "kind": "kind",
    "left": "left",
    "method": "with",
    "limited_to_projects": "sees only projects with a role there",
    "minutes": "minutes",
    "person": "person",
    "reads_conversations": "reads conversations",
    "reason": "reason",
    "role": "role",
    "size_bytes": "size",
    "unnamed": "recorded while the key was away, without names",
    "version": "version",
}


def words_of(action: str) -> str:
    """The words for an action; of one that is not known any more, its own name."""
    return ACTIONS.get(action, action)


def refusal_in_words(details: dict[str, Any]) -> str:
    """What somebody was refused, from what was kept of it: the page's name, method and right."""
    page = str(details.get("page", "")).split(":")[-1].replace("_", " ").capitalize()
    right = str(details.get("right", ""))
    what = f"“{page}”" if page else "something"
    if details.get("method") in {"POST", "PATCH", "PUT", "DELETE"}:
        what = f"a change by {what}"
    return f"was refused {what}, which needs {NEEDED.get(right, f'the right {right}')}"


def actions_like(text: str) -> list[str]:
    """The actions that have a text in their name, their words, or the phrase for them."""
    sought = text.casefold()
    return [
        action
        for action, words in ACTIONS.items()
        if any(sought in each.casefold() for each in (action, words, phrase_of(action)))
    ]
