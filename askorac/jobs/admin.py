"""Jobs for our staff: their states, attempts and reasons, and two named actions."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from askorac.staff.metadata import MOST_ACTED_ON, MetadataAdmin, ReasonForm, reason_in
from askorac.tenancy.deeds import retry_job, stop_job

from .models import Job
from .tasks import wake


@admin.register(Job)
class JobAdmin(MetadataAdmin):
    action_form = ReasonForm
    actions = ("retry", "stop")
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
    sortable_by = ()  # by an index they come newest first, and in no other order

    @admin.action(description="Try again what has failed")
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Queue failed jobs anew, each written into its organization's trail."""
        done = self._each(request, queryset, retry_job)
        if done is not None:
            messages.success(
                request, f"Queued again: {len(done)}. What had not failed was left alone."
            )
            for job in done:
                wake(job.organization_id, job.pk)

    @admin.action(description="Stop what waits or is worked on")
    def stop(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Fail jobs that go on, each written into its organization's trail."""
        done = self._each(request, queryset, stop_job)
        if done is not None:
            messages.success(request, f"Stopped: {len(done)}. What had ended was left alone.")

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Job], deed: Callable[..., bool]
    ) -> list[Job] | None:
        """The jobs with which something was done; None without a reason."""
        reason = reason_in(request)
        if not reason:
            messages.error(request, "Give a reason: the organization reads it in its trail.")
            return None
        by = request.user.pk
        return [
            job
            for job in queryset[:MOST_ACTED_ON]
            if deed(organization_id=job.organization_id, job_id=job.pk, by=by, reason=reason)
        ]
