"""The hands of who runs a key in AWS's interface."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3


@contextmanager
def kms(endpoint: str) -> Iterator[Any]:
    """A client of the key's owner."""
    client = boto3.client(
        "kms",
        endpoint_url=endpoint,
        region_name="eu-central-1",
        aws_access_key_id="OWNER",
        aws_secret_access_key="secret",
    )
    try:
        yield client
    finally:
        client.close()


def aws_key(endpoint: str, **options: str) -> str:
    """The id of a new key."""
    with kms(endpoint) as client:
        return str(client.create_key(**options)["KeyMetadata"]["KeyId"])
