"""/api/v1/encryption/: whose keys seal the content, rotation, and a key service of one's own."""

from http import HTTPStatus
from typing import Any

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.jobs.models import State
from askorac.web.api.bodies import Body, Text
from askorac.web.api.schema import operation
from keys.encryption import read_encryption
from keys.models import ServiceKind
from keys.own_services import (
    MOST_ADDRESS,
    MOST_NAME,
    MOST_SECRET,
    Wanted,
    check_service,
    choose_service,
    leave_service,
)
from keys.rotation import rotate_data_key, rotate_wrapping_key
from projects.api_views import ApiView

ALL_METHODS = ("GET", "POST", "DELETE")
GROUP = "Encryption"
EXAMPLE = "openbao+https://vault.example.com:8200/transit/keys/askorac"


class KeyVersionShape(serializers.Serializer[Any]):
    """One version of the data key."""

    version = serializers.IntegerField()
    use = serializers.ChoiceField(
        ["next", "seals", "opens"],
        help_text="It seals from a minute after it was made on; older ones open what they sealed.",
    )
    created_at = serializers.DateTimeField()
    seals_from = serializers.DateTimeField()

    class Meta:
        ref_name = "KeyVersion"


class KeyWorkShape(serializers.Serializer[Any]):
    """Work on the keys that goes on, or was done last."""

    state = serializers.ChoiceField(State.choices)
    done = serializers.IntegerField()
    total = serializers.IntegerField(help_text="Of how many sealed values.")
    reason = serializers.CharField(help_text="Why it waits or failed, and what to do.")
    finished_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        ref_name = "KeyWork"


class OwnKeyServiceShape(serializers.Serializer[Any]):
    """The organization's own key service, without what it is asked with."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(ServiceKind.choices)
    address = serializers.CharField(help_text="Empty while it can't be opened.")
    chosen_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField(help_text="Since when its credentials are used.")
    is_in_place = serializers.BooleanField(help_text="Whether it wraps all data keys already.")

    class Meta:
        ref_name = "OwnKeyService"


class EncryptionShape(serializers.Serializer[Any]):
    """The keys of the organization."""

    state = serializers.ChoiceField(
        ["available", "revoked", "away", "damaged"],
        help_text="Whether the key services open the keys: refused, not reached, or not what was"
        " wrapped here.",
    )
    sentence = serializers.CharField(help_text="What that means; empty while they open.")
    since = serializers.DateTimeField(allow_null=True)
    installation = serializers.CharField(help_text="What wraps the keys for the installation.")
    own_service = OwnKeyServiceShape(allow_null=True)
    versions = KeyVersionShape(many=True)
    rotates_at = serializers.DateTimeField(
        allow_null=True, help_text="When the data key rotates by itself."
    )
    resealing = KeyWorkShape(allow_null=True)
    rewrapping = KeyWorkShape(allow_null=True)

    class Meta:
        ref_name = "Encryption"


class KeyService(Body):
    """A key service and what it is asked with."""

    address = Text(
        max_length=MOST_ADDRESS,
        help_text=f"Such as {EXAMPLE}, or awskms://… for a key in AWS KMS.",
    )
    name = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=MOST_NAME,
        help_text="The role_id of an AppRole, the id of an access key or the ARN of a role;"
        " nothing for a token.",
    )
    secret = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=MOST_SECRET,
        write_only=True,
        help_text="The token, the secret_id, or the secret of the access key. Never shown again.",
    )


class EncryptionView(ApiView):
    """Base of this group: all of it needs a key that may write to the whole organization."""

    group = GROUP
    needs = {"GET": "write"}
    whole_organization = ALL_METHODS
    opens_context = False

    def told(self, *, anew: bool = False, status: HTTPStatus = HTTPStatus.OK) -> Response:
        """The state of the keys, as an answer."""
        found = read_encryption(
            organization_id=self.access.organization_id, now=timezone.now(), anew=anew
        )
        return Response(EncryptionShape(found).data, status=status)

    def wanted(self) -> Wanted:
        """The key service in the request's body."""
        sent = self.body(KeyService)
        return Wanted(sent["address"], sent["name"], sent["secret"])


class Encryption(EncryptionView):
    """The keys."""

    @operation("read_encryption", "Read about the keys", answer=EncryptionShape)
    def get(self, request: Request) -> Response:
        """Whether the keys open, what wraps them, their versions, and work on them. It answers
        while a key is taken away, too. Needs a key that may write to the whole organization, as
        all of this group does."""
        return self.told()


class CheckedEncryption(EncryptionView):
    """The keys, asked for anew."""

    takes_idempotency_key = False

    @operation("check_encryption", "Ask for the keys anew", answer=EncryptionShape)
    def post(self, request: Request) -> Response:
        """Ask the key services whether they open the keys at this moment."""
        self.body(Body)
        return self.told(anew=True)


class DataKeyRotation(EncryptionView):
    """Another data key."""

    @operation("rotate_data_key", "Rotate the data key", answer=EncryptionShape)
    def post(self, request: Request) -> Response:
        """Make a new version of the data key, and seal everything anew under it. Asked again
        within a minute, it is the same rotation."""
        self.body(Body)
        rotate_data_key(
            organization_id=self.access.organization_id, by=self.access.actor, now=timezone.now()
        )
        return self.told()


class WrappingKeyRotation(EncryptionView):
    """Another wrapping key."""

    @operation("rotate_wrapping_key", "Rotate the wrapping key", answer=EncryptionShape)
    def post(self, request: Request) -> Response:
        """Make a new version of the installation's wrapping key, and wrap the data keys anew. The
        key of a service of your own is rotated there; its newest version is taken."""
        self.body(Body)
        rotate_wrapping_key(
            organization_id=self.access.organization_id, by=self.access.actor, now=timezone.now()
        )
        return self.told()


class OneKeyService(EncryptionView):
    """A key service of the organization's own, which only an owner changes."""

    needs = {"POST": "own", "DELETE": "own"}

    @operation(
        "choose_key_service", "Choose a key service", body=KeyService, answer=EncryptionShape
    )
    def post(self, request: Request) -> Response:
        """Have the data keys wrapped by a key service of your own, once a round trip through it
        works; or give other credentials for the present one, which may be taken away
        meanwhile. Only an API key that an owner has made, or that was made with such a one, may do
        this."""
        choose_service(
            organization_id=self.access.organization_id,
            wanted=self.wanted(),
            by=self.access.actor,
            now=timezone.now(),
        )
        return self.told()

    @operation("leave_key_service", "Leave the key service", status=HTTPStatus.NO_CONTENT)
    def delete(self, request: Request) -> Response:
        """Have the data keys wrapped by the installation's service alone. The present service has
        to open them for that, and the API key has to be one that an owner has made."""
        leave_service(
            organization_id=self.access.organization_id, by=self.access.actor, now=timezone.now()
        )
        return Response(status=HTTPStatus.NO_CONTENT)


class CheckedKeyService(EncryptionView):
    """A key service, tried."""

    takes_idempotency_key = False

    @operation(
        "check_key_service", "Check a key service", body=KeyService, status=HTTPStatus.NO_CONTENT
    )
    def post(self, request: Request) -> Response:
        """Try a round trip through a key service. Nothing is kept of it."""
        check_service(organization_id=self.access.organization_id, wanted=self.wanted())
        return Response(status=HTTPStatus.NO_CONTENT)


_SERVICE = "encryption/key-service/"
urlpatterns = [
    path("encryption/", Encryption.as_view(), name="encryption"),
    path("encryption/check/", CheckedEncryption.as_view(), name="check_encryption"),
    path("encryption/data-key/rotate/", DataKeyRotation.as_view(), name="rotate_data_key"),
    path(
        "encryption/wrapping-key/rotate/",
        WrappingKeyRotation.as_view(),
        name="rotate_wrapping_key",
    ),
    path(_SERVICE, OneKeyService.as_view(), name="key_service"),
    path(f"{_SERVICE}check/", CheckedKeyService.as_view(), name="check_key_service"),
]
