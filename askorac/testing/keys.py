"""Taking an organization's key away, and giving it back, in the folder that holds it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from askorac.sealing import keyrings


@contextmanager
def taken_away(organization_id: UUID) -> Iterator[None]:
    """The key service refuses the organization's keys, and this process knows it at once."""
    take_away(organization_id)
    try:
        yield
    finally:
        give_back(organization_id)


@contextmanager
def out_of_reach(organization_id: UUID) -> Iterator[None]:
    """The key service fails when it is asked for the organization's keys, known here at once."""
    with taken_away(organization_id):
        for version in _elsewhere(organization_id).iterdir():
            (_folder_of(organization_id) / version.name).mkdir(parents=True)  # can't be read
        keyrings.forget(organization_id)
        try:
            yield
        finally:
            for made in _folder_of(organization_id).iterdir():
                made.rmdir()
            _folder_of(organization_id).rmdir()


def take_away(organization_id: UUID) -> None:
    """The keys are somewhere else from now on; they are there, made if there were none."""
    keyrings.of(organization_id)
    _folder_of(organization_id).rename(_elsewhere(organization_id))
    keyrings.forget(organization_id)


def give_back(organization_id: UUID) -> None:
    """The keys are where they were."""
    _elsewhere(organization_id).rename(_folder_of(organization_id))
    keyrings.forget(organization_id)


def _folder_of(organization_id: UUID) -> Path:
    from django.conf import settings

    return Path(re.sub(r"^local://", "", settings.KMS_URL)) / str(organization_id)


def _elsewhere(organization_id: UUID) -> Path:
    return _folder_of(organization_id).with_name(f".{organization_id}")
