"""Another root key for a folder of keys."""

from pathlib import Path
from uuid import uuid4

import pytest

from askorac.sealing import Tampered
from keys.services import folders
from keys.services.local import LocalService
from keys.services.local_root import NEXT_NAME, replace_root


@pytest.fixture
def service(tmp_path: Path) -> LocalService:
    return LocalService(tmp_path / "keys", makes_root=True)


def test_what_was_wrapped_opens_by_another_root_key_alone(service: LocalService) -> None:
    organizations = [uuid4() for _ in range(3)]
    wrapped = {each: service.wrap(each, b"a data key") for each in organizations}
    service.rotate(organizations[0])
    former = (service.folder / "root").read_bytes()
    assert replace_root(service.folder) == 4
    assert (service.folder / "root").read_bytes() != former
    assert (service.folder / "root").stat().st_mode & 0o777 == 0o600
    assert not (service.folder / NEXT_NAME).exists()
    assert {service.unwrap(each, blob) for each, blob in wrapped.items()} == {b"a data key"}
    (service.folder / "root").write_bytes(former)
    with pytest.raises(Tampered):
        service.unwrap(organizations[0], wrapped[organizations[0]])


def test_replacing_goes_on_where_it_was_interrupted(
    service: LocalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapped = {each: service.wrap(each, b"a data key") for each in (uuid4(), uuid4())}
    written: list[Path] = []

    def once(path: Path, content: bytes) -> None:
        if written:
            raise KeyboardInterrupt
        written.append(path)
        path.write_bytes(content)

    with monkeypatch.context() as patched:
        patched.setattr(folders, "replace", once)
        with pytest.raises(KeyboardInterrupt):
            replace_root(service.folder)
    assert (service.folder / NEXT_NAME).exists()
    assert replace_root(service.folder) == 2
    assert {service.unwrap(each, blob) for each, blob in wrapped.items()} == {b"a data key"}


def test_nothing_is_changed_where_one_file_does_not_open(service: LocalService) -> None:
    first, second = sorted((uuid4(), uuid4()), key=str)
    wrapped = service.wrap(first, b"a data key")
    service.wrap(second, b"a data key")
    (service.folder / str(second) / "1").write_bytes(b"something else")
    with pytest.raises(Tampered):
        replace_root(service.folder)
    assert service.unwrap(first, wrapped) == b"a data key"
