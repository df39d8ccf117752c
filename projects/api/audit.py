"""/api/v1/audit-events/ and audit-checkpoints/: the organization's audit trail, for programs."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from askorac.tenancy.planning import by_index
from askorac.web.api.bodies import Body, Text
from askorac.web.api.cursors import PageQuery, answer_page, read_page
from askorac.web.api.files import CsvFile, JsonLinesFile
from askorac.web.api.schema import operation, page_of
from askorac.web.late import LateResponse
from projects.api_views import ApiView
from projects.models import AuditCheckpoint, AuditEvent, AuditLink
from projects.trail.checkpoints import LATEST_FIRST as LATEST_SEQ
from projects.trail.checkpoints import as_dict, get_checkpoint
from projects.trail.deliveries import MOST_ADDRESSES, change_delivery, read_delivery
from projects.trail.files import MEDIA_TYPES, export_trail, links_of, values_of
from projects.trail.searching import LATEST_FIRST, SESSION, Wanted, filtered


class WantedQuery(Body):
    """Which events are wanted."""

    text = serializers.CharField(
        required=False,
        max_length=100,
        help_text="Part of the name or address of who did it, of the action in words, or of what"
        " its target is called now, if that lies in clear.",
    )
    action = serializers.CharField(required=False, max_length=60)
    actor_kind = serializers.ChoiceField(
        choices=["member", "api_key", "visitor", "staff", "system"], required=False
    )
    actor_id = serializers.UUIDField(required=False)
    target_kind = serializers.CharField(required=False, max_length=40)
    target_id = serializers.UUIDField(required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    address = serializers.CharField(
        required=False,
        max_length=45,
        help_text="From where; the beginning of an address if it ends with a dot or a colon.",
    )
    session = serializers.RegexField(
        SESSION, required=False, help_text="At least the first four of its sixteen digits."
    )


class EventQuery(PageQuery, WantedQuery):
    """Which page of which events is wanted."""


class ExportQuery(WantedQuery):
    """Which events are wanted, and as what."""

    kind = serializers.ChoiceField(choices=list(MEDIA_TYPES), required=False, default="jsonl")


class AuditEventShape(serializers.Serializer[Any]):
    """One event. What tells of a person is empty once that was erased."""

    id = serializers.UUIDField()
    seq = serializers.IntegerField(allow_null=True, help_text="Its number in the chain.")
    chain = serializers.CharField(allow_null=True, help_text="Its link, in hexadecimal.")
    at = serializers.DateTimeField()
    action = serializers.CharField()
    actor_kind = serializers.CharField()
    actor_id = serializers.UUIDField(allow_null=True)
    actor_label = serializers.CharField()
    address = serializers.CharField()
    session = serializers.CharField()
    target_kind = serializers.CharField()
    target_id = serializers.UUIDField(allow_null=True)
    target_label = serializers.CharField()
    details = serializers.DictField(help_text="What changed, as names and numbers.")

    class Meta:
        ref_name = "AuditEvent"


class StatementShape(serializers.Serializer[Any]):
    """A signed statement, as the verifier takes it."""

    document = serializers.DictField(help_text="What is signed: its canonical JSON.")
    key_id = serializers.CharField()
    public_key = serializers.CharField(help_text="Ed25519, in base64.")
    signature = serializers.CharField(help_text="In base64.")

    class Meta:
        ref_name = "SignedStatement"


class CheckpointShape(serializers.Serializer[Any]):
    """A checkpoint: where the trail stood."""

    id = serializers.UUIDField()
    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    statement = StatementShape()

    class Meta:
        ref_name = "AuditCheckpoint"


class AuditEvents(ApiView):
    """The audit trail."""

    group = "Audit trail"
    queries = {"GET": EventQuery}
    needs = {"GET": "own.read"}
    whole_organization = ("GET",)

    @operation("list_audit_events", "Search the audit trail", answer=page_of(AuditEventShape))
    def get(self, request: Request) -> Response:
        """The latest first. Needs a key that an owner has made, as all of this group does; one
        that may read only is enough."""
        events = filtered(AuditEvent.objects.all(), wanted_of(self.query))
        with by_index():
            page = read_page(events, order=LATEST_FIRST, query=self.query)
        links = links_of(page.rows)
        return answer_page(request, page, lambda row: _event(row, links.get(row.pk)))


class AuditExport(ApiView):
    """The audit trail as a file."""

    group = "Audit trail"
    queries = {"GET": ExportQuery}
    needs = {"GET": "own.read"}
    whole_organization = ("GET",)
    opens_context = False
    renderer_classes = (JSONRenderer, CsvFile, JsonLinesFile)

    @operation(
        "export_audit_events",
        "Export the audit trail",
        answer=str,
        media_type="text/csv",
        also={(200, "application/x-ndjson"): OpenApiResponse(str, description="OK")},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """As JSON Lines, which `verify_audit.py` checks if it is the whole trail, or as CSV. The
        file is made while it is sent, so that its size is no matter."""
        kind = self.query["kind"]
        made = export_trail(
            organization_id=self.access.organization_id,
            wanted=wanted_of(self.query),
            kind=kind,
            by=self.access.actor,
            now=timezone.now(),
        )
        response = LateResponse(lambda _: made)
        response.begin(headers={"Content-Type": MEDIA_TYPES[kind], "X-Accel-Buffering": "no"})
        return response


class AuditCheckpoints(ApiView):
    """The signed checkpoints."""

    group = "Audit trail"
    queries = {"GET": PageQuery}
    needs = {"GET": "own.read"}
    whole_organization = ("GET",)

    @operation("list_audit_checkpoints", "List checkpoints", answer=page_of(CheckpointShape))
    def get(self, request: Request) -> Response:
        """The latest first. Keep some of them where we can't reach them."""
        rows = AuditCheckpoint.objects.filter(kind="checkpoint")
        page = read_page(rows, order=LATEST_SEQ, query=self.query)
        return answer_page(request, page, _checkpoint)


class OneAuditCheckpoint(ApiView):
    """One checkpoint."""

    group = "Audit trail"
    needs = {"GET": "own.read"}
    whole_organization = ("GET",)

    @operation("read_audit_checkpoint", "Read a checkpoint", answer=StatementShape)
    def get(self, request: Request, audit_checkpoint_id: UUID) -> Response:
        """As the verifier takes it."""
        row = get_checkpoint(audit_checkpoint_id)
        if row is None:
            raise Http404
        return Response(as_dict(row))


class DeliveryBody(Body):
    """Where checkpoints are to be sent; what is left out stays as it is."""

    addresses = serializers.ListField(
        child=Text(max_length=254), required=False, max_length=MOST_ADDRESSES
    )
    webhook_url = Text(required=False, allow_blank=True, max_length=2000)


class DeliveryShape(serializers.Serializer[Any]):
    """Where checkpoints are sent."""

    addresses = serializers.ListField(child=serializers.CharField())
    webhook_url = serializers.CharField(help_text="Empty for nowhere.")

    class Meta:
        ref_name = "AuditDelivery"


class AuditDeliveries(ApiView):
    """Where checkpoints are sent."""

    group = "Audit trail"
    needs = {"GET": "own.read", "PATCH": "own"}
    whole_organization = ("GET", "PATCH")

    @operation("read_audit_delivery", "Read where checkpoints go", answer=DeliveryShape)
    def get(self, request: Request) -> Response:
        """The mail addresses, and the address of the web that they are posted to."""
        return Response(asdict(read_delivery()))

    @operation(
        "change_audit_delivery",
        "Have checkpoints sent",
        body=DeliveryBody,
        answer=DeliveryShape,
    )
    def patch(self, request: Request) -> Response:
        """By mail, or posted as JSON, from the next one on. Needs a key that an owner has made."""
        wanted, before = self.body(DeliveryBody), read_delivery()
        changed = change_delivery(
            addresses=wanted.get("addresses", before.addresses),
            webhook_url=wanted.get("webhook_url", before.webhook_url),
            by=self.access.actor,
            now=timezone.now(),
        )
        return Response(asdict(changed))


def wanted_of(query: Any) -> Wanted:
    """What the parameters ask for."""
    return Wanted(
        action=query.get("action", ""),
        actor_kind=query.get("actor_kind", ""),
        actor_id=query.get("actor_id"),
        target_kind=query.get("target_kind", ""),
        target_id=query.get("target_id"),
        since=query.get("since"),
        until=query.get("until"),
        text=query.get("text", ""),
        address=query.get("address", ""),
        session=query.get("session", ""),
    )


def _event(row: AuditEvent, link: AuditLink | None) -> dict[str, Any]:
    values = values_of(row)
    return {
        "id": row.pk,
        "seq": link.seq if link else None,
        "chain": bytes(link.chain).hex() if link else None,
        "at": row.at,
        "action": row.action,
        "actor_kind": row.actor_kind,
        "actor_id": row.actor_id,
        "actor_label": values["actor_label"],
        "address": values["address"] or "",
        "session": values["session"] or "",
        "target_kind": row.target_kind,
        "target_id": row.target_id,
        "target_label": values["target_label"],
        "details": {**row.remarks, **(values["details"] or {})},
    }


def _checkpoint(row: AuditCheckpoint) -> dict[str, Any]:
    return {"id": row.pk, "seq": row.seq, "at": row.at, "statement": as_dict(row)}


urlpatterns = [
    path("audit-events/", AuditEvents.as_view(), name="audit_events"),
    path("audit-events/export/", AuditExport.as_view(), name="audit_events_export"),
    path("audit-delivery/", AuditDeliveries.as_view(), name="audit_delivery"),
    path("audit-checkpoints/", AuditCheckpoints.as_view(), name="audit_checkpoints"),
    path(
        "audit-checkpoints/<uuid:audit_checkpoint_id>/",
        OneAuditCheckpoint.as_view(),
        name="audit_checkpoint",
    ),
]
