"""What is sealed: closed values, and the keys that open them for a while."""

from .faults import KeyRevoked, KeysAway, SealFault, Tampered

__all__ = ["KeyRevoked", "KeysAway", "SealFault", "Tampered"]
