"""What the endpoints of retention take and answer."""

from typing import Any

from rest_framework import serializers

from askorac.web.api.bodies import Body, Id, Text, Whole
from projects.models import Content, Keep
from projects.models.retention import LEAST_AUDIT_DAYS, MOST_DAYS
from projects.retention.holds import MOST_REASON


class RuleBody(Body):
    """For how long something is kept."""

    keep = serializers.ChoiceField(
        Keep.choices,
        help_text="`session` is until 15 minutes after the visitor has left: for conversations and"
        " visitor data.",
    )
    days = Whole(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MOST_DAYS,
        help_text="With `days`: how many.",
    )

    class Meta:
        ref_name = "RuleWanted"


class RulesBody(Body):
    """Rules to be; what is not named stays. In a project null leaves it to the organization's."""

    conversations = RuleBody(required=False, allow_null=True)
    visitors = RuleBody(required=False, allow_null=True)
    uploads = RuleBody(required=False, allow_null=True)
    audit = RuleBody(
        required=False,
        allow_null=True,
        help_text=f"The organization's; at least {LEAST_AUDIT_DAYS} days.",
    )


class PreviewBody(RulesBody):
    """Rules to be, and where."""

    project_id = Id(required=False, allow_null=True, help_text="Without one, everywhere.")


class RuleShape(serializers.Serializer[Any]):
    """The rule that holds for one content."""

    keep = serializers.ChoiceField(Keep.choices)
    days = serializers.IntegerField(allow_null=True)
    is_own = serializers.BooleanField(help_text="Whether it was made for this project.")

    class Meta:
        ref_name = "Rule"


class RulesShape(serializers.Serializer[Any]):
    """The rules that hold, and when the next purge is due; null if nothing ever goes."""

    conversations = RuleShape()
    visitors = RuleShape()
    uploads = RuleShape()
    audit = RuleShape()
    next_purge_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        ref_name = "Retention"


class PreviewShape(serializers.Serializer[Any]):
    """What would go of one content."""

    content = serializers.ChoiceField(Content.choices)
    count = serializers.IntegerField()
    oldest = serializers.DateTimeField(allow_null=True)
    is_held = serializers.BooleanField(help_text="Whether a hold keeps some of it for now.")

    class Meta:
        ref_name = "RetentionPreview"


class PreviewsShape(serializers.Serializer[Any]):
    """What would go with the first purge by these rules."""

    purge_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When that purge is due if the rules are saved now; null if nothing ever goes.",
    )
    results = PreviewShape(many=True)

    class Meta:
        ref_name = "RetentionPreviews"


class HoldBody(Body):
    """A hold to be placed."""

    reason = Text(max_length=MOST_REASON, help_text="Why everything has to stay.")
    project_id = Id(
        required=False, allow_null=True, help_text="Without one, the whole organization's."
    )


class HoldShape(serializers.Serializer[Any]):
    """A hold that stands."""

    id = serializers.UUIDField()
    project_id = serializers.UUIDField(allow_null=True)
    reason = serializers.CharField()
    placed_by = serializers.CharField()
    placed_at = serializers.DateTimeField()

    class Meta:
        ref_name = "Hold"


class HoldsShape(serializers.Serializer[Any]):
    """All holds that stand."""

    results = HoldShape(many=True)

    class Meta:
        ref_name = "Holds"


class ReceiptShape(serializers.Serializer[Any]):
    """A receipt. The signature is Ed25519 over the document as JSON with sorted keys and without
    spaces, in base64, by a key of /.well-known/askorac-signing-keys.json."""

    document = serializers.DictField()
    key_id = serializers.CharField()
    signature = serializers.CharField()

    class Meta:
        ref_name = "ErasureReceipt"
