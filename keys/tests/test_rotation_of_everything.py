"""Every sealed column there is, in every app, is taken over by a rotation, and files are, too."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from askorac.jobs.models import State
from askorac.sealing import keyrings
from askorac.sealing.fields import (
    SealedBytesField,
    SealedField,
    SealedJSONField,
    sealed_value,
)
from askorac.tenancy.context import tenant
from askorac.tenancy.models import TenantModel
from askorac.testing.people import Customer, new_project
from askorac.testing.rows import fill
from keys.columns import sealed_columns
from keys.resealing import RESEAL
from keys.rotation import rotate_data_key
from keys.tests.sealed_rows import do, pass_time, seal_rows
from knowledge import files
from knowledge.files import Kept
from knowledge.models import Source
from knowledge.sources import add_text

TEXT = "Thirty days, says the harbour office."

# What the rules of a table want beside a sealed value: a vector lies in one form.
ALONG: dict[str, dict[str, Any]] = {
    "knowledge.chunk.vector": {"embedding": None},
    "knowledge.upcomingvector.vector": {"embedding": None},
    "knowledge.source.external_id": {"external_id_digest": b"7" * 16},
}


def sealed_fields(model: type[TenantModel]) -> list[SealedField]:
    return [each for each in model._meta.concrete_fields if isinstance(each, SealedField)]


def value_for(field: SealedField) -> Any:
    match field:
        case SealedJSONField():
            return [f"canary of {field.purpose}"]
        case SealedBytesField():
            return field.purpose.encode()
    return field.purpose


def seal_everything(customer: Customer) -> dict[type[TenantModel], TenantModel]:
    """A row of each model with something in each of its sealed columns, but for the trail's."""
    rows = {model: row for model, row in fill(customer).items() if "UPDATE" in model.isolation.app}
    with tenant(customer.id):
        for model, row in rows.items():
            for field in sealed_fields(model):
                closed = sealed_value(model, field.attname, row.pk, value_for(field))
                along = ALONG.get(field.purpose, {})
                model.objects.filter(pk=row.pk).update(**{field.attname: closed}, **along)
    return rows


def test_every_sealed_column_and_file_is_taken_over(organization: Customer) -> None:
    seal_rows(organization)
    project, now = new_project(organization), timezone.now()
    add_text(project=project, title="Parcels", text=TEXT, by=organization.actor, now=now)
    rows = seal_everything(organization)
    rotate_data_key(organization_id=organization.id, by=organization.actor, now=timezone.now())
    pass_time(organization, hours=2)
    done = do(organization, RESEAL)
    assert (done.state, done.done) == (State.READY, done.total)
    with tenant(organization.id):
        versions = {
            (column.table, column.name): set(column.versions(organization.id))
            for column in sealed_columns()
            if not column.is_append_only
        }
    assert {key: found for key, found in versions.items() if found != {2}} == {}
    keyrings.forget(organization.id)
    with tenant(organization.id):
        for model, row in rows.items():
            fresh = model.objects.get(pk=row.pk)
            for field in sealed_fields(model):
                assert getattr(fresh, field.attname).open() == value_for(field)


def test_uploaded_text_opens_after_its_old_key_is_gone(organization: Customer) -> None:
    project, now = new_project(organization), timezone.now()
    add_text(project=project, title="Parcels", text=TEXT, by=organization.actor, now=now)
    rotate_data_key(organization_id=organization.id, by=organization.actor, now=now)
    pass_time(organization, hours=2)
    assert do(organization, RESEAL).state == State.READY
    with tenant(organization.id):
        source = Source.objects.get()
    assert source.file_key_version == 2
    with files.stream(Kept.of(source)) as opened:
        assert b"".join(files.parts_of(opened)).decode() == TEXT
