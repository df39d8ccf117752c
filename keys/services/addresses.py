"""Key services by their addresses."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings

from askorac.environment import read

from . import aws, openbao
from .base import Access, KeyService, UnusableAddress
from .local import LocalService, root_from

FORMS: Final = "Write local:///folder, openbao+https://host:8200/transit or awskms://region/key."
_MOST_KEPT: Final = 256


def service_at(url: str, *, access: Access | None = None, is_guarded: bool = False) -> KeyService:
    """The key service at an address, the same one as long as address and access are the same.

    `access` is what it is asked with; None for what the environment gives the installation. An
    address that a customer gave is guarded: it leads to public places only, but for those that
    ALLOW_PRIVATE_ADDRESSES lets through, and nothing of ours is used to ask there. Nothing is
    asked yet. Raises UnusableAddress.
    """
    if is_guarded and access is None:
        raise UnusableAddress("Say what this key service is to be asked with.")
    return _service(url, access, is_guarded)


@lru_cache(maxsize=_MOST_KEPT)
def _service(url: str, access: Access | None, is_guarded: bool) -> KeyService:
    parts = _split(url)
    if parts.scheme == "local" and not is_guarded:
        return _local(parts)
    if parts.scheme in openbao.SCHEMES:
        return openbao.openbao_at(parts, access, is_guarded=is_guarded)
    if parts.scheme == aws.SCHEME:
        return aws.aws_at(parts, access, is_guarded=is_guarded)
    raise UnusableAddress(f"The address of this key service can't be understood. {FORMS}")


def _split(url: str) -> SplitResult:
    if not url:
        raise UnusableAddress(f"No key service is set. {FORMS}")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        raise UnusableAddress(
            f"The address of this key service can't be understood. {FORMS}"
        ) from None
    if "@" in parts.netloc:
        raise UnusableAddress("An address holds no password. Give it in KMS_TOKEN.")
    return parts


def _local(parts: SplitResult) -> KeyService:
    folder = Path(unquote(parts.path))
    if parts.netloc or parts.query or not folder.is_absolute() or folder == Path("/"):
        raise UnusableAddress("A local key service is a folder: local:///var/lib/askorac/keys")
    given = read("KMS_KEY")
    root = root_from(given) if given else None
    return LocalService(folder, root=root, makes_root=settings.DEVELOPMENT)


# Connections and tokens of a parent are not a child's.
os.register_at_fork(after_in_child=_service.cache_clear)
