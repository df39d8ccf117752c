"""The house in this process: Django on the scratch folder's engines, and the customers to measure.

Nothing of the house may be imported before `enter` has said where its data lies.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from bench.product import Product, settings_for

if TYPE_CHECKING:
    from uuid import UUID

    from askorac.testing.people import Customer
    from projects.models import Project

DOMAIN: Final = "shop.example"
READY_SECONDS: Final = 120.0
MATTERS: Final = (
    "the address was wrong",
    "the colour does not suit",
    "the box came open",
    "a part is missing",
    "a friend bought the same",
    "the size does not fit",
    "the price fell meanwhile",
    "the day of delivery has passed",
)


class NotIngested(Exception):
    """A text of the bench was not read in time."""


def enter(product: Product) -> None:
    """Set this process up as one of the product's."""
    os.environ.update(settings_for(product.folder, product.provider_url))
    os.environ.update(
        DJANGO_SETTINGS_MODULE="askorac.settings", DEVELOPMENT="1", ASKORAC_AS_OWNER="1"
    )
    import django

    django.setup()
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    PBKDF2PasswordHasher.iterations = 1_000  # a hundred customers took a minute to found otherwise


def new_shop() -> tuple[Customer, Project]:
    """A customer with a project that knows of parcels, open to one site."""
    from django.utils import timezone

    from askorac.tenancy.context import tenant
    from askorac.testing.people import new_customer, new_project
    from knowledge import sources
    from projects.lifecycle import set_allowed_domains

    customer = new_customer("Shop")
    project = new_project(customer)
    with tenant(customer.id):
        now = timezone.now()
        set_allowed_domains(project=project, domains=[DOMAIN], by=customer.actor, now=now)
        source = sources.add_text(
            project=project, title="Parcels", text=_parcels(), by=customer.actor, now=now
        )
    wait_until_ingested(customer.id, source.pk)
    return customer, project


def wait_until_ingested(organization_id: UUID, source_id: UUID) -> None:
    """Until the worker has read a source. Raises NotIngested."""
    from askorac.jobs.models import Job, State
    from askorac.tenancy.context import tenant

    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        with tenant(organization_id):
            job = Job.objects.get(target_id=source_id)
        if job.state == State.READY:
            return
        if job.state == State.FAILED:
            raise NotIngested(job.reason)
        time.sleep(0.01)
    raise NotIngested("It took too long.")


def _parcels() -> str:
    """Passages that are about the question, each in its own words."""
    parts = [
        f"## When {matter}\n\nA parcel that was ordered by mistake, or because {matter}, comes back"
        " within thirty days at no cost. Put it into the box that it came in, and hand it in at any"
        " shop. The money is on its way two days after the parcel has come back to us, by the way"
        f" that was paid. If {matter} and the parcel was opened, say so on the slip that lies in"
        " it; that does not change what is paid back."
        for matter in MATTERS
    ]
    return "\n\n".join(parts)
