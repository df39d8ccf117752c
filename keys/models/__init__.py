"""What opens: data keys, and keys to customers' accounts at providers."""

from .data_keys import DataKey, Purpose
from .project_models import ProjectModels
from .provider_keys import Provider, ProviderKey

__all__ = ["DataKey", "ProjectModels", "Provider", "ProviderKey", "Purpose"]
