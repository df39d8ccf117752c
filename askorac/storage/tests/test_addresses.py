"""MEDIA_URL_STORAGE: what it may say, and what becomes of it."""

from pathlib import Path

import pytest

from askorac.storage.addresses import UnusableAddress, storage_at

HOME = Path("/data/media")


@pytest.mark.parametrize(
    ("address", "location"),
    [("", HOME), ("file:///srv/or%20ac", Path("/srv/or ac"))],
)
def test_address_of_a_folder(address: str, location: Path) -> None:
    assert storage_at(address, folder=HOME) == {
        "BACKEND": "askorac.storage.folder.Folder",
        "OPTIONS": {"location": location},
    }


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        (
            "s3://KEY:a%2Fb%2Bc@minio.example:9000/bucket/some/prefix?region=eu-1&tls=0",
            ("bucket", "some/prefix", "KEY", "a/b+c", "eu-1", "http://minio.example:9000"),
        ),
        (
            "s3://KEY:secret@s3.example/bucket",
            ("bucket", "", "KEY", "secret", "us-east-1", "https://s3.example"),
        ),
        ("s3://K:s@[::1]:9000/b?tls=1", ("b", "", "K", "s", "us-east-1", "https://[::1]:9000")),
        ("s3:///bucket?region=eu-central-1", ("bucket", "", None, None, "eu-central-1", None)),
    ],
)
def test_address_of_a_bucket(address: str, wanted: tuple[str | None, ...]) -> None:
    options = storage_at(address, folder=HOME)["OPTIONS"]
    names = ("bucket_name", "location", "access_key", "secret_key", "region_name", "endpoint_url")
    assert tuple(options[name] for name in names) == wanted


@pytest.mark.parametrize(
    "address",
    [
        "media",
        "/srv/media",
        "file://host/srv",
        "https://s3.example/bucket",
        "s3://KEY:secret@s3.example",
        "s3://KEY:secret@s3.example/bucket?acl=public",
    ],
)
def test_address_that_is_unusable(address: str) -> None:
    with pytest.raises(UnusableAddress) as refused:
        storage_at(address, folder=HOME)
    assert "secret" not in str(refused.value).replace("ACCESS:SECRET", "")
