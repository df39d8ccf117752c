"""What MEDIA_URL_STORAGE says, as settings of Django's storage."""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

FORMS = "file:///folder or s3://ACCESS:SECRET@host:port/bucket/prefix?region=…&tls=0"
_OPTIONS = {"region", "tls"}
_MOST_IN_MEMORY = 1_000_000  # bytes of a file that is read; what is more goes to a temporary one


class UnusableAddress(ValueError):
    """MEDIA_URL_STORAGE can't be understood. It holds a secret, so no message repeats it."""

    def __init__(self, why: str) -> None:
        super().__init__(f"MEDIA_URL_STORAGE: {why} Write it as {FORMS}.")


def storage_at(address: str, *, folder: Path) -> dict[str, Any]:
    """The settings of the storage at an address; of `folder`, if none is given.

    Raises UnusableAddress.
    """
    parts = urlsplit(address)
    if not address:
        return _in_folder(folder)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return _in_folder(Path(unquote(parts.path)))
    if parts.scheme == "s3":
        return _in_bucket(parts)
    raise UnusableAddress("this is neither a folder nor a bucket.")


def _in_folder(folder: Path) -> dict[str, Any]:
    return {"BACKEND": "askorac.storage.folder.Folder", "OPTIONS": {"location": folder}}


def _in_bucket(parts: SplitResult) -> dict[str, Any]:
    bucket, _, prefix = parts.path.strip("/").partition("/")
    if not bucket:
        raise UnusableAddress("the bucket is missing.")
    given = parse_qs(parts.query, strict_parsing=bool(parts.query))
    if not given.keys() <= _OPTIONS:
        raise UnusableAddress("of options, there are region and tls.")
    is_tls = given.get("tls", ["1"])[-1] != "0"
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": unquote(bucket),
            "location": unquote(prefix),
            "access_key": unquote(parts.username or "") or None,
            "secret_key": unquote(parts.password or "") or None,
            "region_name": given.get("region", ["us-east-1"])[-1],
            "endpoint_url": _endpoint(parts, is_tls),
            "use_ssl": is_tls,
            "default_acl": None,
            "max_memory_size": _MOST_IN_MEMORY,
            "file_overwrite": True,
            "object_parameters": {"ContentType": "application/octet-stream"},
            "client_config": _client(),
            "transfer_config": _transfers(),
        },
    }


def _endpoint(parts: SplitResult, is_tls: bool) -> str | None:
    """The server's address; None for Amazon's own."""
    if not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return f"{'https' if is_tls else 'http'}://{host}{port}"


def _transfers() -> Any:
    # Imported here, as below. In one thread: a part or two of a file are in memory, not ten.
    from boto3.s3.transfer import TransferConfig

    return TransferConfig(use_threads=False)


def _client() -> Any:
    # Imported here: whoever keeps files in a folder starts faster without it.
    from botocore.config import Config

    return Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        # Twice this is what somebody who uploads waits before being told.
        connect_timeout=3,
        read_timeout=12,
        retries={"max_attempts": 1, "mode": "standard"},
        # Checksums in trailers are Amazon's; not every other server knows them.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
