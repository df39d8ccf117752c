"""From an API key to an organization: which program is asking, and what its key opens."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final, Literal
from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.request import Request

from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import (
    organization_of_api_key,
    organization_of_revoked_api_key,
)
from askorac.web.api.problems import refuse
from askorac.web.api.rates import count_request

from .api_keys import digest_of, is_well_formed, note_use
from .models import ApiKey, Member, Organization, Project, Rights, Role
from .trail import uses
from .trail.recording import Actor
from .trail.refusals import note_revoked_key

# "own" is for what only an owner does on pages, "own.read" for what only an owner reads there.
Need = Literal["read", "write", "own", "own.read"]

NO_KEY: Final = "Send an API key of this organization as “Authorization: Bearer orac_sk_…”."
MISTYPED: Final = "This is no API key: a character of it is missing, or is not the right one."
UNKNOWN: Final = "This API key was revoked, or never was one."
TOO_OFTEN: Final = (
    "Too many requests without a valid API key came from this address. Wait a minute."
)
READ_ONLY: Final = "This API key may read only. Use one that may write."
ONE_PROJECT: Final = "This API key opens one project. Use one of the whole organization."
OWNERS_ONLY: Final = "Only a key that an owner has made may do this."
ENDING: Final = "This organization is to be deleted. Take that back first, or only read."
PROJECT_ENDING: Final = "This project is to be deleted. Take that back first, or only read."
SUSPENDED: Final = "This organization is suspended. Nothing is lost; write to us to have it opened."


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """The program that asks. `project_id` is the one project that its key opens, or None for all.

    `secret` is derived from the key itself, for what only its holder may open again.
    """

    organization_id: UUID
    api_key_id: UUID
    name: str
    rights: str
    project_id: UUID | None
    is_owners: bool
    made_by: UUID | None
    is_suspended: bool
    is_ending: bool
    secret: bytes = field(repr=False)

    @property
    def actor(self) -> Actor:
        return Actor(kind="api_key", id=self.api_key_id, label=self.name)

    def require(self, need: Need, *, whole_organization: bool) -> None:
        """Raises Refused or PermissionDenied, saying what stands in the way."""
        if self.is_suspended:
            raise refuse(HTTPStatus.FORBIDDEN, SUSPENDED, code="suspended")
        if need in {"write", "own"} and self.rights != Rights.WRITE:
            raise PermissionDenied(READ_ONLY)
        if whole_organization and self.project_id is not None:
            raise PermissionDenied(ONE_PROJECT)
        if need in {"own", "own.read"} and not self.is_owners:
            raise PermissionDenied(OWNERS_ONLY)

    def opens(self, organization_id: UUID, project_id: UUID) -> bool:
        """Whether the key opens this project of this organization."""
        return self.organization_id == organization_id and self.project_id in {None, project_id}

    def get_project(self, project_id: UUID) -> Project:
        """The project, inside the open context. Raises Http404 for whatever the key doesn't open,
        foreign, made up or another project of the organization alike."""
        if self.project_id not in {None, project_id}:
            raise Http404
        project = Project.objects.filter(pk=project_id).first()
        if project is None:
            raise Http404
        return project


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer orac_sk_…`, and nothing else: no session, no cookie."""

    def authenticate(self, request: Request) -> tuple[Actor, ApiAccess]:
        """Raises NotAuthenticated without a key, AuthenticationFailed with a wrong one, and Refused
        if too many of either came from this address. A key that opens something always does."""
        try:
            access = open_api_key(_sent(request), now=timezone.now())
        except (NotAuthenticated, AuthenticationFailed):
            _count_refusal(request)
            raise
        return access.actor, access

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="AskOrac"'


def _sent(request: Request) -> str:
    scheme, _, key = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticated(NO_KEY)
    return key.strip()


def _count_refusal(request: Request) -> None:
    address = request.META.get("REMOTE_ADDR", "")
    rate = count_request({f"refused:{address}": settings.API_REFUSALS_A_MINUTE})
    if rate.is_exceeded:
        raise refuse(HTTPStatus.TOO_MANY_REQUESTS, TOO_OFTEN, retry_after=rate.reset)


def open_api_key(key: str, *, now: datetime) -> ApiAccess:
    """What a key opens at this moment. Raises AuthenticationFailed if it opens nothing."""
    if not is_well_formed(key):
        raise AuthenticationFailed(MISTYPED)
    found = organization_of_api_key(digest_of(key))
    if found is None:
        if revoked := organization_of_revoked_api_key(digest_of(key)):
            organization_id, api_key_id = revoked
            note_revoked_key(organization_id=organization_id, api_key_id=api_key_id, now=now)
        raise AuthenticationFailed(UNKNOWN)
    organization_id, api_key_id = found
    with tenant(organization_id):
        row = ApiKey.objects.filter(pk=api_key_id, revoked_at=None).first()
        if row is None:
            raise AuthenticationFailed(UNKNOWN)
        note_use(row, now=now)
        uses.count(
            organization_id=organization_id,
            kind="api_key",
            key_id=row.pk,
            project_id=row.project_id,
            now=now,
        )
        organization = Organization.objects.get()
        return ApiAccess(
            organization_id=organization_id,
            api_key_id=row.pk,
            name=row.name,
            rights=row.rights,
            project_id=row.project_id,
            is_owners=row.is_owners and _is_owner(row.made_by),
            made_by=row.made_by,
            is_suspended=organization.suspended_at is not None,
            is_ending=organization.deletes_at is not None,
            secret=hmac.digest(key.encode(), b"askorac sealed answers v1", "sha256"),
        )


def _is_owner(user_id: UUID | None) -> bool:
    """Whether the user owns the open organization now: who was one leaves no key that does."""
    if user_id is None:
        return False
    return Member.objects.filter(user_id=user_id, role=Role.OWNER).exists()
