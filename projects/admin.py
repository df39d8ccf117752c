"""Organizations, their people and projects for our staff: metadata, and two named actions."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST

from askorac.staff.metadata import MOST_ACTED_ON, MetadataAdmin, ReasonForm, reason_in
from askorac.staff.pages import page, render_page
from askorac.tenancy.access_deeds import ask_for_access, end_own_access
from askorac.tenancy.deeds import resume_organization, suspend_organization
from askorac.tenancy.global_tables import STAFF_COLUMNS
from askorac.tenancy.limit_deeds import Limits, change_limits
from askorac.tenancy.router import STAFF

from .forms import AskForAccessForm, LimitsForm
from .limits import NO_LIMITS, limits_of
from .models import (
    AuditEvent,
    Member,
    Organization,
    OrganizationLimits,
    Project,
    StaffGrant,
    User,
)
from .staff_access.desk import read_desk
from .trail.telling import ROLES

# What became of a request, as the one who made it reads it.
TOLD = {
    "asked": "Asked. The organization's owners and admins decide; they were written to.",
    "started": "You are let in by the organization's rule. Its owners and admins are told.",
    "never": "The organization lets nobody of our staff in. That you asked stands in its trail.",
    "unchanged": "You have asked already, or are let in.",
}


@admin.register(Organization)
class OrganizationAdmin(MetadataAdmin):
    action_form = ReasonForm
    actions = ("suspend", "resume")
    list_display = ("name", "id", "created_at", "suspended_at", "deletes_at", "pages")
    list_filter = ("created_at", ("suspended_at", admin.EmptyFieldListFilter))
    ordering = ("-created_at",)
    search_help_text = "A part of its name, or its id."

    def searched_by(self, term: str) -> Q | None:
        return super().searched_by(term) or Q(name__icontains=term)

    @admin.display(description="Pages")
    def pages(self, row: Organization) -> SafeString:
        """The ways to what is used, what may be used, and to the page on which access is asked
        for."""
        pages = (("usage_of", "Usage"), ("limits", "Limits"), ("access", "Content"))
        ways = ((reverse(f"admin:{name}", args=[row.pk]), label) for name, label in pages)
        return format_html_join(" ", '<a href="{}">{}</a>', ways)

    @admin.action(description="Suspend: nobody is answered, members may only look")
    def suspend(self, request: HttpRequest, queryset: QuerySet[Organization]) -> None:
        """Close its doors, with the reason in its own trail."""
        self._each(request, queryset, suspend_organization, "Suspended")

    @admin.action(description="Lift the suspension")
    def resume(self, request: HttpRequest, queryset: QuerySet[Organization]) -> None:
        """Open its doors again, with the reason in its own trail."""
        self._each(request, queryset, resume_organization, "Opened again")

    def _each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Organization],
        deed: Callable[..., bool],
        told: str,
    ) -> None:
        reason = reason_in(request)
        if not reason:
            messages.error(request, "Give a reason: the organization reads it in its trail.")
            return
        chosen = list(queryset[:MOST_ACTED_ON])
        done = [
            each.name
            for each in chosen
            if deed(organization_id=each.pk, by=request.user.pk, reason=reason)
        ]
        messages.success(request, f"{told}: {', '.join(done) or 'none, that was so already'}.")


@admin.register(User)
class UserAdmin(MetadataAdmin):
    list_display = ("email", "name", "is_active", "is_staff", "created_at", "last_login")
    list_filter = ("is_staff", "is_active", "created_at")
    ordering = ("-created_at",)
    search_help_text = "The whole e-mail address, or the id."

    @property
    def columns(self) -> tuple[str, ...]:
        return STAFF_COLUMNS["projects_user"]

    def searched_by(self, term: str) -> Q | None:
        return super().searched_by(term) or Q(email=term.lower())


@admin.register(Member)
class MemberAdmin(MetadataAdmin):
    list_display = ("short_id", "organization", "user_id", "role", "created_at")
    list_filter = ("role", "created_at")
    ordering = ("-created_at",)


@admin.register(Project)
class ProjectAdmin(MetadataAdmin):
    list_display = ("name", "organization", "id", "embedding_space", "created_at")
    list_filter = ("created_at",)
    ordering = ("-created_at",)
    search_help_text = "A part of its name, its id, or its organization's."

    def searched_by(self, term: str) -> Q | None:
        return super().searched_by(term) or Q(name__icontains=term)


class ActorKindFilter(admin.SimpleListFilter):
    """By kinds that are known: Django would read the whole table to find out which there are."""

    title = "kind of actor"
    parameter_name = "actor_kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(ROLES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(actor_kind=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(MetadataAdmin):
    is_large = True
    list_display = ("at", "organization", "actor_kind", "action", "target_kind", "target_id")
    list_filter = (ActorKindFilter, "at")
    ordering = ("-at",)

    def searched_by(self, term: str) -> Q | None:
        return super().searched_by(term) or Q(action=term)


@admin.register(StaffGrant)
class StaffGrantAdmin(MetadataAdmin):
    list_display = (
        "asked_at",
        "organization",
        "staff_name",
        "reason",
        "decision",
        "expires_at",
        "ended_at",
        "view_count",
    )
    list_filter = ("decision", "asked_at")
    ordering = ("-asked_at",)


@page("access/<uuid:organization_id>/", name="access", is_fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def access(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """Whether one may look at an organization's content; here it is asked for, with a reason."""
    assert isinstance(request.user, User)
    now = timezone.now()
    desk = read_desk(organization_id=organization_id, user_id=request.user.pk, now=now)
    if desk is None:
        raise Http404("No such organization.")
    form = AskForAccessForm(request.POST or None)
    if form.is_valid():
        asked = ask_for_access(
            organization_id=organization_id, by=request.user.pk, **form.cleaned_data
        )
        messages.info(request, TOLD[asked])
        return redirect("admin:access", organization_id=organization_id)
    title = f"Content of {desk.organization.name}"
    status = 422 if form.errors else 200
    return render_page(
        request, "staff/access.html", desk=desk, form=form, title=title, status=status
    )


@page("access/<uuid:organization_id>/end/", name="end_access")
@require_POST
def end(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """Give back what was given, or take back the request."""
    assert isinstance(request.user, User)
    is_ended = end_own_access(organization_id=organization_id, by=request.user.pk)
    messages.info(request, "Your access has ended." if is_ended else "You had no access.")
    return redirect("admin:access", organization_id=organization_id)


@page("limits/<uuid:organization_id>/", name="limits")
@require_http_methods(["GET", "HEAD", "POST"])
def limits(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """What one organization may use at most; changed with a reason that it reads in its trail."""
    assert isinstance(request.user, User)
    organization = Organization.objects.using(STAFF).only(*Organization.isolation.staff)
    named = organization.filter(pk=organization_id).first()
    if named is None:
        raise Http404("No such organization.")
    row = OrganizationLimits.objects.using(STAFF).filter(organization_id=organization_id).first()
    form = LimitsForm(request.POST or None, initial=asdict(limits_of(row) if row else NO_LIMITS))
    if form.is_valid():
        wanted = dict(form.cleaned_data)
        reason = wanted.pop("reason")
        is_changed = change_limits(
            organization_id=organization_id,
            limits=Limits(**wanted),
            by=request.user.pk,
            reason=reason,
        )
        messages.success(request, "The limits were changed." if is_changed else "They were so.")
        return redirect("admin:limits", organization_id=organization_id)
    title = f"Limits of {named.name}"
    status = 422 if form.errors else 200
    return render_page(
        request, "staff/limits.html", organization=named, form=form, title=title, status=status
    )
