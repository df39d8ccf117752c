"""What opens: data keys, and keys to customers' accounts at providers."""

from .data_keys import DataKey, Purpose
from .own_services import Availability, KeyState, OwnKeyService, ServiceKind
from .project_models import ProjectModels
from .provider_keys import Provider, ProviderKey

__all__ = [
    "Availability",
    "DataKey",
    "KeyState",
    "OwnKeyService",
    "ProjectModels",
    "Provider",
    "ProviderKey",
    "Purpose",
    "ServiceKind",
]
