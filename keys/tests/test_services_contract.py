"""What every key service keeps, on real ones: a folder, OpenBao, and AWS's interface."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from askorac.sealing import KeyRevoked, Tampered
from askorac.testing.openbao import OpenBao
from keys.services import Access, KeyService, service_at
from keys.services.local import LocalService
from keys.tests.aws import aws_key

KEY = bytes(range(32))


@dataclass(frozen=True)
class Kind:
    """One way of keeping keys, and whether each organization has one of its own there."""

    name: str
    make: Callable[[pytest.FixtureRequest, Path], KeyService]
    has_own_keys: bool

    def __str__(self) -> str:
        return self.name


def in_a_folder(request: pytest.FixtureRequest, folder: Path) -> KeyService:
    return LocalService(folder / "keys", makes_root=True)


def on_openbao(request: pytest.FixtureRequest, folder: Path) -> KeyService:
    openbao: OpenBao = request.getfixturevalue("openbao")
    return service_at(openbao.address, access=Access(secret=openbao.installation_token()))


def on_a_key_of_openbao(request: pytest.FixtureRequest, folder: Path) -> KeyService:
    openbao: OpenBao = request.getfixturevalue("openbao")
    key = openbao.make_key()
    openbao.allow_key(f"only-{key}", key)
    access = Access(secret=openbao.make_token(f"only-{key}"))
    return service_at(openbao.address_of(key), access=access)


def on_aws(request: pytest.FixtureRequest, folder: Path) -> KeyService:
    return aws_service(request.getfixturevalue("aws_endpoint"), Access("AKIDOFOURS", "secret"))


def in_a_role_on_aws(request: pytest.FixtureRequest, folder: Path) -> KeyService:
    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    patch.setenv("AWS_ACCESS_KEY_ID", "AKIDOFTHEMACHINE")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    access = Access("arn:aws:iam::123456789012:role/askorac")
    return aws_service(request.getfixturevalue("aws_endpoint"), access)


def aws_service(endpoint: str, access: Access) -> KeyService:
    return service_at(
        f"awskms://eu-central-1/{aws_key(endpoint)}?endpoint={endpoint}", access=access
    )


KINDS = [
    Kind("folder", in_a_folder, has_own_keys=True),
    Kind("openbao", on_openbao, has_own_keys=True),
    Kind("openbao-key", on_a_key_of_openbao, has_own_keys=False),
    Kind("aws", on_aws, has_own_keys=False),
    Kind("aws-role", in_a_role_on_aws, has_own_keys=False),
]


@pytest.fixture(params=KINDS, ids=str)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
def service(kind: Kind, request: pytest.FixtureRequest, tmp_path: Path) -> KeyService:
    return kind.make(request, tmp_path)


def test_what_was_wrapped_unwraps(service: KeyService) -> None:
    organization_id = uuid4()
    wrapped = service.wrap(organization_id, KEY)
    assert service.unwrap(organization_id, wrapped) == KEY
    assert KEY not in wrapped


def test_wrapping_twice_differs(service: KeyService) -> None:
    organization_id = uuid4()
    assert service.wrap(organization_id, KEY) != service.wrap(organization_id, KEY)


def test_check_of_one_that_works(service: KeyService) -> None:
    service.check()
    service.check(uuid4())


def test_another_organization_unwraps_nothing(service: KeyService) -> None:
    wrapped = service.wrap(uuid4(), KEY)
    other = uuid4()
    service.wrap(other, KEY)  # so that it has a key, too
    with pytest.raises(Tampered):
        service.unwrap(other, wrapped)


def test_each_changed_part_is_noticed(service: KeyService) -> None:
    organization_id = uuid4()
    wrapped = service.wrap(organization_id, KEY)
    for place in (len(wrapped) // 2, len(wrapped) - 5):
        changed = bytearray(wrapped)
        changed[place] = ord("A") if changed[place] != ord("A") else ord("B")
        with pytest.raises(Tampered):
            service.unwrap(organization_id, bytes(changed))


@pytest.mark.parametrize("nothing", [b"", b"x", b"\xff" * 80, b"vault:v1:AAAA"], ids=repr)
def test_what_nobody_wrapped_is_no_key(service: KeyService, nothing: bytes) -> None:
    organization_id = uuid4()
    service.wrap(organization_id, KEY)
    with pytest.raises(Tampered):
        service.unwrap(organization_id, nothing)


def test_rewrapping_changes_nothing_but_the_wrapping(service: KeyService) -> None:
    organization_id = uuid4()
    before = service.wrap(organization_id, KEY)
    service.rotate(organization_id)
    after = service.rewrap(organization_id, before)
    assert after != before
    assert [service.unwrap(organization_id, each) for each in (before, after)] == [KEY, KEY]
    with pytest.raises((Tampered, KeyRevoked)):
        service.rewrap(uuid4(), before)


def test_rotating_before_there_is_a_key(service: KeyService) -> None:
    organization_id = uuid4()
    service.rotate(organization_id)
    assert service.unwrap(organization_id, service.wrap(organization_id, KEY)) == KEY


def test_destroying_takes_all_versions_of_one_organization(kind: Kind, service: KeyService) -> None:
    organization_id, other = uuid4(), uuid4()
    assert service.can_destroy == service.can_rotate == kind.has_own_keys
    before = service.wrap(organization_id, KEY)
    service.rotate(organization_id)
    after, others = service.wrap(organization_id, KEY), service.wrap(other, KEY)
    service.destroy(organization_id)
    service.destroy(organization_id)
    assert service.unwrap(other, others) == KEY
    for wrapped in (before, after):
        if kind.has_own_keys:
            with pytest.raises(KeyRevoked):
                service.unwrap(organization_id, wrapped)
        else:
            assert service.unwrap(organization_id, wrapped) == KEY


def test_nothing_shows_what_it_is_asked_with(service: KeyService) -> None:
    access = Access("a-name-of-ours", "a-secret-of-ours")
    assert "of-ours" not in f"{access!r} {access!s} {service!r} {vars(service)!r}"
