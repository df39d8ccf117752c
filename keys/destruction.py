"""The end of an organization's keys: what they sealed opens nowhere again, backups included."""

from datetime import datetime
from uuid import UUID

from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from keys import layers
from keys.models import DataKey, OwnKeyService


def destroy_keys(*, organization_id: UUID, now: datetime) -> bool:
    """Destroy the organization's data keys and its wrapping key, for good.

    False if the installation's service has no key of this organization alone (AWS KMS): then a
    backup made before can be opened with that service. It may be repeated, and has to be if it
    raises KeysAway. What a customer's own service holds stays theirs. Call it with no context
    open.
    """
    with tenant(organization_id):
        layers.lock()
        # Emptied, not deleted: a process that misses its keys makes new ones.
        DataKey.objects.update(wrapped=b"", own_service_id=None)
        left = OwnKeyService.objects.filter(left_at=None)
        left.update(left_at=now)
        OwnKeyService.objects.update(sealed_access=None)
    keyrings.forget(organization_id)
    service = layers.installation_service()
    service.destroy(organization_id)
    return service.can_destroy
