"""The key that signs now: made when first wanted, and kept open by this process for a while."""

import contextlib
import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Final, NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connections, transaction
from django.utils import timezone

from askorac.sealing import KeyRevoked, KeysAway, Tampered

from . import wrapping
from .models import FormerSigningKey, SigningKey

KEPT_SECONDS: Final = 600.0
OWNER_ALIAS: Final = "owner"
_SEED_BYTES: Final = 32


@dataclass(frozen=True, slots=True, repr=False)
class LiveKey:
    """A key that signs, opened. It is shown by nothing, and stays in its process."""

    key_id: str
    public_key: bytes
    private: Ed25519PrivateKey
    read_at: float

    def __reduce__(self) -> NoReturn:
        raise TypeError("A signing key does not leave its process.")


_lock = Lock()
_kept: LiveKey | None = None


def live_key() -> LiveKey:
    """The key that signs now. Raises KeyRevoked, KeysAway or Tampered.

    It is read in a thread of its own, with no transaction open, while its key service is asked:
    once in ten minutes.
    """
    global _kept
    with _lock:
        kept = _kept
        if kept is None or time.monotonic() - kept.read_at > KEPT_SECONDS:
            with ThreadPoolExecutor(1, "signing") as thread:
                kept = _kept = thread.submit(_read).result()
        return kept


def warm() -> None:
    """Open the key before a transaction that signs, so that none waits for a key service while it
    holds rows. While the key can't be had, that is told where it is wanted."""
    with contextlib.suppress(KeyRevoked, KeysAway):
        live_key()


def replace_key() -> str:
    """Have another key sign from now on, as the owner; the id of the new one.

    The former's public key stays. It need not open any more. Other processes go on with it for
    ten minutes. Raises KeyRevoked, KeysAway.
    """
    global _kept
    made, now = _made(), timezone.now()
    with transaction.atomic(using=OWNER_ALIAS):
        for row in SigningKey.objects.using(OWNER_ALIAS).select_for_update():
            FormerSigningKey.objects.using(OWNER_ALIAS).create(
                key_id=row.key_id,
                public_key=row.public_key,
                created_at=row.created_at,
                retired_at=now,
            )
            row.delete(using=OWNER_ALIAS)
        made.save(using=OWNER_ALIAS, force_insert=True)
    _kept = None
    return made.key_id


def key_id_of(public_key: bytes) -> str:
    """By what a key is called: the beginning of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def _read() -> LiveKey:
    began_at = time.monotonic()
    try:
        row = SigningKey.objects.first() or _made_for_all()
    finally:
        connections.close_all()  # this thread's, back to Django's pools
    private = Ed25519PrivateKey.from_private_bytes(wrapping.unwrap(bytes(row.wrapped_seed)))
    public_key = private.public_key().public_bytes_raw()
    if public_key != bytes(row.public_key):
        raise Tampered("The signing key is not the one whose public key is told.")
    return LiveKey(row.key_id, public_key, private, began_at)


def _made_for_all() -> SigningKey:
    """Two processes at once agree: the row that came first is the key."""
    SigningKey.objects.bulk_create([_made()], ignore_conflicts=True)
    return SigningKey.objects.get()


def _made() -> SigningKey:
    seed = os.urandom(_SEED_BYTES)
    public_key = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return SigningKey(
        key_id=key_id_of(public_key),
        public_key=public_key,
        wrapped_seed=wrapping.wrap(seed),
        created_at=timezone.now(),
    )


def _start_anew() -> None:
    """In a forked child no key is inherited."""
    global _kept, _lock
    _kept, _lock = None, Lock()


os.register_at_fork(after_in_child=_start_anew)
