"""Erasure receipts: a list of them, and each as a file that anybody can check."""

import json
from typing import Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from projects.access import MemberRequest, member_view
from projects.receipts import get_receipt, given, list_receipts, told

from .frame import render_page

ROOM: Final = "retention"


@require_safe
@member_view("retention.manage")
def receipts(request: MemberRequest) -> HttpResponse:
    """All receipts, the latest first, page by page."""
    page = list_receipts(before=request.GET.get("before"))
    return render_page(
        request,
        "projects/receipts.html",
        room=ROOM,
        receipts=[told(row) for row in page.rows],
        older=page.next,
        is_first=not request.GET.get("before"),
    )


@require_safe
@member_view("retention.manage")
def download(request: MemberRequest, erasure_receipt_id: UUID) -> HttpResponse:
    """One receipt with its signature, as JSON."""
    receipt = get_receipt(erasure_receipt_id)
    if receipt is None:
        raise Http404("No such receipt.")
    name = f"erasure-receipt-{receipt.at:%Y-%m-%d}-{str(receipt.pk)[:8]}.json"
    return HttpResponse(
        json.dumps(given(receipt), indent=2, ensure_ascii=False),
        headers={
            "Content-Type": "application/json",
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
