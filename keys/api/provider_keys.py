"""/api/v1/provider-keys/: keys to the customer's own accounts. They are written, never read."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.http import Http404
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.web.api.bodies import Body, Text
from askorac.web.api.cursors import PageQuery, answer_page, read_page
from askorac.web.api.problems import refuse
from askorac.web.api.schema import operation, page_of
from askorac.web.paging import NEWEST_FIRST
from keys.choices import own_of
from keys.clients import ProviderFault
from keys.entering import MOST_ADDRESS, MOST_KEY, MOST_LABEL, MOST_MODEL, OFFERED, NewKey
from keys.models import Provider, ProviderKey
from keys.own_accounts import models_of_key
from keys.provider_keys import (
    add_provider_key,
    get_provider_key,
    label_provider_key,
    release_provider_key,
    replace_provider_key,
    revoke_provider_key,
)
from projects.api_views import ApiView

ALL_METHODS = ("GET", "POST", "PATCH", "DELETE")
KEY_TOO = "Send the key along: it is for one address, and is never sent to another."
IS_REVOKED = "This key is revoked. Add a new one instead."


class ProviderKeyShape(serializers.Serializer[Any]):
    """A provider key, without the key."""

    id = serializers.UUIDField()
    provider = serializers.ChoiceField(Provider.choices)
    label = serializers.CharField()  # type: ignore[assignment]  # a field here
    project_id = serializers.UUIDField(
        allow_null=True, help_text="The one project that uses it, or null: all of them."
    )
    base_url = serializers.CharField(help_text="Empty: the provider's own address.")
    model = serializers.CharField(help_text="Answers where a project has chosen none.")
    last_four = serializers.CharField(help_text="The end of the key, empty of a short one.")
    fingerprint = serializers.CharField(help_text="Tells the key from others, and nothing of it.")
    set_by = serializers.CharField()
    set_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    revoked_at = serializers.DateTimeField(allow_null=True)
    released_at = serializers.DateTimeField(
        allow_null=True,
        help_text="Since when other accounts answer in the place of a revoked key.",
    )

    class Meta:
        ref_name = "ProviderKey"


class ListedModelsShape(serializers.Serializer[Any]):
    """The models that a key may use."""

    models = serializers.ListField(child=serializers.CharField())

    class Meta:
        ref_name = "ListedModels"


class ChangedProviderKey(Body):
    """What is to change of a provider key. With another address comes another key."""

    label = Text(  # type: ignore[assignment]  # a field here, not the framework's
        required=False, max_length=MOST_LABEL, help_text="Whose account it is."
    )
    key = Text(
        required=False,
        max_length=MOST_KEY,
        trim_whitespace=False,
        allow_blank=True,
        write_only=True,
    )
    base_url = Text(required=False, allow_blank=True, max_length=MOST_ADDRESS)
    model = Text(required=False, allow_blank=True, max_length=MOST_MODEL)


class NewProviderKey(Body):
    """A provider key to be added."""

    provider = serializers.ChoiceField([(each.value, each.label) for each in OFFERED])
    label = Text(  # type: ignore[assignment]  # a field here, not the framework's
        max_length=MOST_LABEL, help_text="Whose account it is."
    )
    key = Text(
        max_length=MOST_KEY,
        trim_whitespace=False,
        allow_blank=True,
        write_only=True,
        help_text="Checked at the provider before it is kept, and never shown again. Empty only"
        " for a server of your own that wants none.",
    )
    base_url = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=MOST_ADDRESS,
        help_text="For a server that speaks OpenAI's format, such as https://llm.example.com/v1.",
    )
    model = Text(required=False, allow_blank=True, default="", max_length=MOST_MODEL)
    project_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="The one project that uses it; without one, all of them.",
    )


class ProviderKeys(ApiView):
    """All provider keys."""

    group = "Provider keys"
    queries = {"GET": PageQuery}
    needs = {"GET": "write"}
    whole_organization = ALL_METHODS
    opens_context = False

    @operation("list_provider_keys", "List provider keys", answer=page_of(ProviderKeyShape))
    def get(self, request: Request) -> Response:
        """All keys of the organization, revoked ones as well, the newest first. Needs a key that
        may write to the whole organization, as all of this group does."""
        with self.context():
            page = read_page(ProviderKey.objects.all(), order=NEWEST_FIRST, query=self.query)
            return answer_page(request, page, describe)

    @operation(
        "add_provider_key",
        "Add a provider key",
        body=NewProviderKey,
        answer=ProviderKeyShape,
        status=HTTPStatus.CREATED,
    )
    def post(self, request: Request) -> Response:
        """Keep a key, once the provider has accepted it. From then on nothing of the projects
        that use it leaves through our account."""
        wanted = self.body(NewProviderKey)
        new = NewKey(
            wanted["provider"], wanted["label"], wanted["key"], wanted["base_url"], wanted["model"]
        )
        row = add_provider_key(
            organization_id=self.access.organization_id,
            project_id=wanted["project_id"],
            new=new,
            by=self.access.actor,
            now=timezone.now(),
        )
        return Response(describe(row), status=HTTPStatus.CREATED)


class OneProviderKey(ApiView):
    """One provider key."""

    group = "Provider keys"
    needs = {"GET": "write"}
    whole_organization = ALL_METHODS
    opens_context = False

    @operation("read_provider_key", "Read about a provider key", answer=ProviderKeyShape)
    def get(self, request: Request, provider_key_id: UUID) -> Response:
        """One key, without the key."""
        with self.context():
            return Response(describe(_find(provider_key_id)))

    @operation(
        "replace_provider_key",
        "Replace a provider key",
        body=ChangedProviderKey,
        answer=ProviderKeyShape,
    )
    def patch(self, request: Request, provider_key_id: UUID) -> Response:
        """Put another key, once it is checked, in the place of this one, or give it another label.
        Its id stays."""
        with self.context():
            row = _find(provider_key_id)
            wanted = self.body(ChangedProviderKey)
            if "key" not in wanted:
                return self._label(row, wanted)
        return self._replace(row, wanted)

    @operation("revoke_provider_key", "Revoke a provider key", status=HTTPStatus.NO_CONTENT)
    def delete(self, request: Request, provider_key_id: UUID) -> Response:
        """Destroy the key for good. It stays in the list, and until it is released no other
        account answers in its place."""
        with self.context():
            row = _find(provider_key_id)
            revoke_provider_key(row=row, by=self.access.actor, now=timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT)

    def _label(self, row: ProviderKey, wanted: Any) -> Response:
        if set(wanted) - {"label"}:
            raise ValidationError({"key": [KEY_TOO]})
        if "label" in wanted:
            by, now = self.access.actor, timezone.now()
            label_provider_key(row=row, label=wanted["label"], by=by, now=now)
        return Response(describe(row))

    def _replace(self, row: ProviderKey, wanted: Any) -> Response:
        new = NewKey(
            row.provider,
            wanted.get("label", row.label),
            wanted["key"],
            wanted.get("base_url", row.base_url),
            wanted.get("model", row.model),
        )
        try:
            replaced = replace_provider_key(
                organization_id=self.access.organization_id,
                key_id=row.pk,
                new=new,
                by=self.access.actor,
                now=timezone.now(),
            )
        except ProviderKey.DoesNotExist:
            raise refuse(HTTPStatus.CONFLICT, IS_REVOKED, code="revoked") from None
        return Response(describe(replaced))


class ReleasedProviderKey(ApiView):
    """The end of what a revoked key still holds back."""

    group = "Provider keys"
    whole_organization = ALL_METHODS

    @operation("release_provider_key", "Release a provider key", answer=ProviderKeyShape)
    def post(self, request: Request, provider_key_id: UUID) -> Response:
        """Let other accounts, ours included, answer in the place of a revoked key."""
        row = _find(provider_key_id)
        release_provider_key(row=row, by=self.access.actor, now=timezone.now())
        return Response(describe(row))


class ModelsOfKey(ApiView):
    """What a key may use."""

    group = "Provider keys"
    needs = {"GET": "write"}
    whole_organization = ALL_METHODS
    opens_context = False

    @operation("list_models_of_key", "List the models of a key", answer=ListedModelsShape)
    def get(self, request: Request, provider_key_id: UUID) -> Response:
        """The models for answers and embeddings that the provider lists for the key; none of a
        revoked key, and none where a server has no list."""
        with self.context():
            row = _find(provider_key_id)
        if row.revoked_at is not None:
            return Response({"models": []})
        try:
            offers = async_to_sync(models_of_key)(own_of(row))
            return Response({"models": [offer.name for offer in offers]})
        except ProviderFault as fault:
            raise refuse(HTTPStatus.SERVICE_UNAVAILABLE, fault.sentence, code=fault.code) from None


def describe(row: ProviderKey) -> Any:
    """A key as the API shows it."""
    return ProviderKeyShape(row).data


def _find(key_id: UUID) -> ProviderKey:
    row = get_provider_key(key_id)
    if row is None:
        raise Http404
    return row


_ONE = "provider-keys/<uuid:provider_key_id>/"
urlpatterns = [
    path("provider-keys/", ProviderKeys.as_view(), name="provider_keys"),
    path(_ONE, OneProviderKey.as_view(), name="provider_key"),
    path(f"{_ONE}release/", ReleasedProviderKey.as_view(), name="released_provider_key"),
    path(f"{_ONE}models/", ModelsOfKey.as_view(), name="models_of_key"),
]
