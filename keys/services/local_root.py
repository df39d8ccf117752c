"""Another root key for a folder of keys: what it seals is sealed anew, file by file, in place."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from askorac.sealing import KeysAway, Tampered, blobs

from . import folders
from .local import ROOT_NAME, ROOT_VERSION, place_of, root_in

# The new root key, until everything is sealed by it: who was interrupted goes on with it.
NEXT_NAME: Final = f"{ROOT_NAME}.next"


def replace_root(folder: Path) -> int:
    """Give a folder of keys another root key; how many wrapping keys it seals.

    Nothing else may use the folder meanwhile. The wrapping keys stay what they are, and so does all
    that they wrap. May be interrupted and run again. Raises KeysAway; and Tampered before anything
    is changed, if a file opens with neither root key.
    """
    with folders.answering():
        present, following = folder / ROOT_NAME, folder / NEXT_NAME
        if not present.exists():
            raise KeysAway(f"There is no root key in {folder} that could be replaced.")
        folders.publish(following, base64.b64encode(os.urandom(blobs.KEY_BYTES)) + b"\n")
        old, new = AESGCM(root_in(present)), AESGCM(root_in(following))
        keys = list(_wrapping_keys(folder))
        for path, bound_to in keys:
            _opened(path, bound_to, new, old)
        for path, bound_to in keys:
            plain = _opened(path, bound_to, new, old)
            folders.replace(path, blobs.seal(new, ROOT_VERSION, plain, bound_to))
        following.replace(present)
    return len(keys)


def _wrapping_keys(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Each file of one, and what it is bound to."""
    for name in folders.names_in(folder):
        if (folder / name).is_dir():
            for version in folders.names_in(folder / name):
                yield folder / name / version, place_of(UUID(name), int(version))


def _opened(path: Path, bound_to: bytes, *roots: AESGCM) -> bytes:
    sealed = path.read_bytes()
    for root in roots:
        try:
            return blobs.unseal(root, sealed, bound_to)
        except Tampered:
            continue
    raise Tampered(f"{path} was sealed by another root key, or changed. Put back that file.")
