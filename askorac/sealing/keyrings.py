"""The keyrings of this process: granted by the key services, and asked for again before they age.

A ring is used for `settings.KEYRING_SECONDS` at most after its service last granted it. From half
of that on, the next use asks again beside the work, so that nobody waits for a key service that
answers; and what was taken away is closed in time, running work included.
"""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connections

from .faults import KeysAway, SealFault
from .keyring import Keyring, OpenKeys

REFUSED_SECONDS: Final = 5.0
WAIT_SECONDS: Final = 10.0
# Organizations whose services hang take a thread each, for some seconds at a time.
MOST_AT_ONCE: Final = 32
LOOKS_EVERY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Granted:
    ring: Keyring
    at: float

    @property
    def age(self) -> float:
        return time.monotonic() - self.at

    @property
    def is_usable(self) -> bool:
        return self.age < settings.KEYRING_SECONDS

    @property
    def is_fresh(self) -> bool:
        return self.age < settings.KEYRING_SECONDS / 2


@dataclass(frozen=True, slots=True)
class _Refused:
    kind: type[SealFault]
    sentence: str
    at: float

    @property
    def still_holds(self) -> bool:
        return time.monotonic() - self.at < REFUSED_SECONDS


_lock = Lock()
_granted: dict[UUID, _Granted] = {}
_refused: dict[UUID, _Refused] = {}
_asking: dict[UUID, "Future[Keyring]"] = {}
_loader: Callable[[UUID], OpenKeys] | None = None
_executor: ThreadPoolExecutor | None = None
_watcher: Thread | None = None


def load_with(loader: Callable[[UUID], OpenKeys]) -> None:
    """Name the function that gets an organization's keys; it raises KeyRevoked or KeysAway.

    It runs in a thread of its own with no context open, so that no transaction waits in a pool
    for a key service, and a narrow context need not reach the keys.
    """
    global _loader
    _loader = loader


def of(organization_id: UUID) -> Keyring:
    """The organization's ring. Waits for its key service if it has not granted it lately.

    Raises KeyRevoked, or KeysAway.
    """
    ring = at_hand(organization_id)
    if ring is not None:
        return ring
    try:
        return _ask(organization_id).result(WAIT_SECONDS)
    except TimeoutError:
        _refuse(organization_id, KeysAway())  # who asks next, in a transaction maybe, is not kept
        raise KeysAway from None


async def ready(organization_id: UUID) -> Keyring:
    """As `of`, for the event loop."""
    ring = at_hand(organization_id)
    if ring is not None:
        return ring
    asked = asyncio.wrap_future(_ask(organization_id))
    try:
        return await asyncio.wait_for(asyncio.shield(asked), WAIT_SECONDS)
    except TimeoutError:
        _refuse(organization_id, KeysAway())
        raise KeysAway from None


def at_hand(organization_id: UUID) -> Keyring | None:
    """The ring if it may be used, without waiting; None if its key service is to be asked first.

    Asks for it anew beside the work when it is getting old. Raises what it was last refused with.
    """
    granted = _granted.get(organization_id)
    if granted is not None and granted.is_usable:
        if not granted.is_fresh:
            _ask(organization_id)
        return granted.ring
    refused = _refused.get(organization_id)
    if refused is not None and refused.still_holds:
        raise refused.kind(refused.sentence)
    return None


def warm(organization_id: UUID) -> None:
    """Have the ring at hand if it can be had: before a context opens, so that no transaction
    waits for a key service. What stands in the way is told by whoever needs the ring."""
    with suppress(SealFault):
        of(organization_id)


def forget(organization_id: UUID) -> None:
    """Ask the key service before the next use: its answer may be another one now."""
    with _lock:
        _granted.pop(organization_id, None)
        _refused.pop(organization_id, None)
        _asking.pop(organization_id, None)


def _ask(organization_id: UUID) -> "Future[Keyring]":
    """Ask the key service, once for all who wait."""
    with _lock:
        asking = _asking.get(organization_id)
        if asking is None:
            asking = _asking[organization_id] = _threads().submit(_load, organization_id)
            # What nobody waits for any more is still seen: a refusal is kept by _load.
            asking.add_done_callback(lambda done: _no_longer_asking(organization_id, done))
        return asking


def _no_longer_asking(organization_id: UUID, done: "Future[Keyring]") -> None:
    if _asking.get(organization_id) is done:
        _asking.pop(organization_id, None)


def _load(organization_id: UUID) -> Keyring:
    asked_at = time.monotonic()  # what a slow service says is as old as the question
    try:
        keys = _keys_of(organization_id)
    except SealFault as fault:
        _refuse(organization_id, fault)
        raise
    return _grant(organization_id, keys, asked_at)


def _keys_of(organization_id: UUID) -> OpenKeys:
    if _loader is None:
        raise KeysAway("No vault is set up in this process.")
    try:
        return _loader(organization_id)
    finally:
        connections.close_all()  # this thread's, back to Django's pools


def _grant(organization_id: UUID, keys: OpenKeys, asked_at: float) -> Keyring:
    """The same ring as before if nothing has changed, with all that it holds."""
    before = _granted.get(organization_id)
    ring = before.ring if before and before.ring.keys == keys else Keyring(organization_id, keys)
    _granted[organization_id] = _Granted(ring, asked_at)
    _refused.pop(organization_id, None)
    _watch()
    return ring


def _refuse(organization_id: UUID, fault: SealFault) -> None:
    """Remember it for a moment. A service that is only away leaves the ring its time."""
    if not isinstance(fault, KeysAway):
        _granted.pop(organization_id, None)
    _refused[organization_id] = _Refused(type(fault), fault.sentence, time.monotonic())


def _watch() -> None:
    """Have rings dropped when they have aged, with all that they hold, though nobody asks."""
    global _watcher
    with _lock:
        if _watcher is None or not _watcher.is_alive():
            _watcher = Thread(target=_drop_old_from_now_on, name="keyrings-watch", daemon=True)
            _watcher.start()


def _drop_old_from_now_on() -> None:
    while True:
        time.sleep(LOOKS_EVERY_SECONDS)
        _drop_old()


def _drop_old() -> None:
    for organization_id, granted in list(_granted.items()):
        if not granted.is_usable:
            with _lock:
                if _granted.get(organization_id) is granted:
                    del _granted[organization_id]


def _threads() -> ThreadPoolExecutor:
    global _executor
    if _executor is None:
        _executor = ThreadPoolExecutor(MOST_AT_ONCE, "keyrings")
    return _executor


def _start_anew() -> None:
    """In a forked child: threads stay behind, and no key is inherited."""
    global _executor, _lock, _watcher
    _executor, _lock, _watcher = None, Lock(), None
    for each in (_granted, _refused, _asking):
        each.clear()


os.register_at_fork(after_in_child=_start_anew)
