"""A key service in a folder: a root key, and the wrapping keys of each organization.

The folder holds `root` (32 random bytes in base64, unless the environment gives them) and, for
each organization, a folder of its wrapping keys by version, each sealed by the root key. An
organization's folder goes with it, so keep this folder out of the database's backups: who has
both can read what was deleted.
"""

import base64
import binascii
import os
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from askorac.sealing import KeyRevoked, KeysAway, Tampered, blobs

from . import folders
from .base import associated

ROOT_NAME: Final = "root"
ROOT_VERSION: Final = 1
_MAKE_ONE: Final = "`openssl rand -base64 32` makes one"


class LocalService:
    """The keys in one folder. `root` is its root key where that does not lie in the folder;
    `makes_root` makes folder and root on first use, as is right on a developer's machine only."""

    can_destroy: Final = True
    can_rotate: Final = True

    def __init__(self, folder: Path, *, root: bytes | None = None, makes_root: bool = False):
        self.folder = folder
        self._given_root = root
        self._makes_root = makes_root

    @property
    def has_given_root(self) -> bool:
        """Whether the root key comes from the environment."""
        return self._given_root is not None

    def wrap(self, organization_id: UUID, plain: bytes) -> bytes:
        """See KeyService."""
        root = self._root()
        version = self._newest(organization_id) or self._make(organization_id, 1, root)
        key = self._key(organization_id, version, root)
        return blobs.seal(key, version, plain, associated(organization_id))

    def unwrap(self, organization_id: UUID, wrapped: bytes) -> bytes:
        """See KeyService."""
        key = self._key(organization_id, blobs.version_of(wrapped), self._root())
        return blobs.unseal(key, wrapped, associated(organization_id))

    def rewrap(self, organization_id: UUID, wrapped: bytes) -> bytes:
        """See KeyService."""
        return self.wrap(organization_id, self.unwrap(organization_id, wrapped))

    def rotate(self, organization_id: UUID) -> None:
        """See KeyService."""
        root = self._root()
        self._make(organization_id, self._newest(organization_id) + 1, root)

    def destroy(self, organization_id: UUID) -> None:
        """See KeyService."""
        self._root()
        with folders.answering():
            folders.remove(self._of(organization_id))

    def check(self, organization_id: UUID | None = None) -> None:
        """See KeyService. Makes no key."""
        root, nobody = self._root(), UUID(int=0)
        blob = blobs.seal(root, ROOT_VERSION, b"check", associated(nobody))
        blobs.unseal(root, blob, associated(nobody))
        with folders.answering():
            folders.try_out(self.folder)

    def _root(self) -> AESGCM:
        with folders.answering():
            if self._makes_root:
                folders.make(self.folder)
            if not self.folder.is_dir():
                raise KeysAway(
                    f"The folder of the keys, {self.folder}, is not there."
                    " Make or mount it, readable by AskOrac alone."
                )
            return AESGCM(self._given_root or self._root_in_folder())

    def _root_in_folder(self) -> bytes:
        path = self.folder / ROOT_NAME
        if self._makes_root and not folders.names_in(self.folder):
            folders.publish(path, base64.b64encode(os.urandom(blobs.KEY_BYTES)) + b"\n")
        if not path.exists():
            raise KeysAway(
                f"There is no root key in {self.folder}. Put it back into the file `root` there;"
                f" for a new installation, {_MAKE_ONE}. Or give it in KMS_KEY."
            )
        if path.stat().st_mode & 0o077:
            raise KeysAway(f"Others can read the root key. Close it: chmod 600 {path}")
        return root_in(path)

    def _of(self, organization_id: UUID) -> Path:
        return self.folder / str(organization_id)

    def _newest(self, organization_id: UUID) -> int:
        """The newest version of the wrapping key; 0 for none."""
        with folders.answering():
            names = folders.names_in(self._of(organization_id))
        return max(map(int, names), default=0)

    def _make(self, organization_id: UUID, version: int, root: AESGCM) -> int:
        """Make a version. Of two processes at once, one makes it, and both go on with that."""
        bound_to = place_of(organization_id, version)
        sealed = blobs.seal(root, ROOT_VERSION, os.urandom(blobs.KEY_BYTES), bound_to)
        with folders.answering():
            folders.make(self._of(organization_id))
            folders.publish(self._of(organization_id) / str(version), sealed)
        return version

    def _key(self, organization_id: UUID, version: int, root: AESGCM) -> AESGCM:
        with folders.answering():
            sealed = folders.content_of(self._of(organization_id) / str(version))
        if sealed is None:
            raise KeyRevoked
        try:
            return AESGCM(blobs.unseal(root, sealed, place_of(organization_id, version)))
        except Tampered:
            raise Tampered(
                "The root key is not the one that this organization's key was made with, or the"
                " file of that key was changed. Put back the root key, or the file."
            ) from None


def root_in(path: Path) -> bytes:
    """The root key in a file. Raises KeysAway and OSError."""
    return root_from(path.read_text(encoding="ascii", errors="replace"))


def root_from(text: str) -> bytes:
    """The root key that a text spells. Raises KeysAway if it spells none."""
    try:
        root = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        root = b""
    if len(root) != blobs.KEY_BYTES:
        raise KeysAway(f"The root key is not 32 bytes in base64; {_MAKE_ONE}.")
    return root


def place_of(organization_id: UUID, version: int) -> bytes:
    """What a wrapping key is bound to, so that it opens in the place of no other."""
    return b"askorac wrapping key v1\0" + organization_id.bytes + version.to_bytes(4, "big")
