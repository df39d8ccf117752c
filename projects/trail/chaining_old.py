"""For the migration that begins the chain: events that were there before are linked, too."""

from typing import Any, Final
from uuid import UUID

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Exists, OuterRef

from askorac.sealing import KeyRevoked, KeysAway, keyrings
from askorac.sealing.migrating import organizations
from askorac.tenancy.context import tenant

from .chaining import START, clear_fields, commitment, digest_of, link, new_salt, spelled

_BATCH: Final = 500


def chain_old_events(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What RunPython calls. Events that are linked already stay; so it may run again.

    What is sealed is committed to if its key opens. Where it does not, the names of these events
    stay outside of the chain: the events themselves do not.
    """
    connection = schema_editor.connection
    for organization_id in organizations(connection):
        opens = _opens(organization_id)
        while _link_some(apps, connection.alias, organization_id, opens=opens):
            pass


def _opens(organization_id: UUID) -> bool:
    try:
        keyrings.of(organization_id)
    except (KeyRevoked, KeysAway):
        return False
    return True


def _link_some(apps: Any, alias: str, organization_id: UUID, *, opens: bool) -> int:
    """Link a batch of one organization's events, in one transaction; how many there were."""
    event_model = apps.get_model("projects", "AuditEvent")
    link_model = apps.get_model("projects", "AuditLink")
    with tenant(organization_id, using=alias):
        events = event_model.objects.using(alias)
        is_linked = Exists(link_model.objects.using(alias).filter(pk=OuterRef("pk")))
        batch = list(events.filter(~is_linked).order_by("at", "id")[:_BATCH])
        if not batch:
            return 0
        head = _locked_head(apps, alias, organization_id)
        links = []
        for event in batch:
            _commit(event, opens=opens)
            events.filter(pk=event.pk).update(
                salts=event.salts, commitments=event.commitments, sealed_salts=event.sealed_salts
            )
            digest = digest_of(clear_fields(event))
            head.seq, head.chain = head.seq + 1, link(bytes(head.chain), head.seq + 1, digest)
            links.append(
                link_model(
                    organization_id=organization_id,
                    pk=event.pk,
                    seq=head.seq,
                    digest=digest,
                    chain=head.chain,
                    linked_at=event.at,
                )
            )
        link_model.objects.using(alias).bulk_create(links)
        head.save(using=alias)
    return len(batch)


def _locked_head(apps: Any, alias: str, organization_id: UUID) -> Any:
    heads = apps.get_model("projects", "AuditHead").objects.using(alias)
    start = {"organization_id": organization_id, "seq": 0, "chain": START}
    heads.get_or_create(pk=organization_id, defaults=start)
    return heads.select_for_update().get(pk=organization_id)


def _commit(event: Any, *, opens: bool) -> None:
    clear = {"actor_label": event.actor_label, "remarks": event.remarks or ""}
    sealed = {}
    if opens:
        sealed = {"target_label": event.target_label.open(), "details": event.details.open() or ""}
    event.salts = {name: new_salt() for name, value in clear.items() if value}
    salts = {name: new_salt() for name, value in sealed.items() if value}
    event.commitments = {
        name: commitment(name, spelled({**clear, **sealed}[name]), salt=salt)
        for name, salt in {**event.salts, **salts}.items()
    }
    field = event._meta.get_field("sealed_salts")
    event.sealed_salts = field.closed(salts or None).sealed_for(event.organization_id, event.pk)
