"""Jobs for our staff: their states, attempts and reasons, and another try for what has failed."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from askorac.staff.metadata import MOST_ACTED_ON, MetadataAdmin, ReasonForm, reason_in
from askorac.tenancy.deeds import retry_job

from .models import Job
from .tasks import wake


@admin.register(Job)
class JobAdmin(MetadataAdmin):
    action_form = ReasonForm
    actions = ("retry",)
    list_display = (
        "short_id",
        "organization",
        "kind",
        "state",
        "attempts",
        "reason",
        "due_at",
        "created_at",
        "finished_at",
    )
    list_filter = ("state", "created_at")
    ordering = ("-created_at",)

    @admin.action(description="Try again what has failed")
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Queue failed jobs anew, each written into its organization's trail."""
        reason = reason_in(request)
        if not reason:
            messages.error(request, "Give a reason: the organization reads it in its trail.")
            return
        done = 0
        for job in queryset[:MOST_ACTED_ON]:
            done += self._retry(job, request.user.pk, reason)
        messages.success(request, f"Queued again: {done}. What had not failed was left alone.")

    def _retry(self, job: Job, actor_id: Any, reason: str) -> bool:
        is_done = retry_job(
            organization_id=job.organization_id, job_id=job.pk, by=actor_id, reason=reason
        )
        if is_done:
            wake(job.organization_id, job.pk)
        return is_done
