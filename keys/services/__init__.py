"""Key services: they wrap the data keys of organizations, and can be told not to open them."""

from .addresses import service_at
from .base import Access, KeyService, UnusableAddress

__all__ = ["Access", "KeyService", "UnusableAddress", "service_at"]
