"""Organizations, their people and projects for our staff: metadata, and two named actions."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from askorac.staff.metadata import MOST_ACTED_ON, MetadataAdmin, ReasonForm, reason_in
from askorac.tenancy.deeds import resume_organization, suspend_organization
from askorac.tenancy.global_tables import STAFF_COLUMNS

from .models import AuditEvent, Member, Organization, Project, User
from .trail import ROLES


@admin.register(Organization)
class OrganizationAdmin(MetadataAdmin):
    action_form = ReasonForm
    actions = ("suspend", "resume")
    list_display = ("name", "id", "created_at", "suspended_at", "deletes_at")
    list_filter = ("created_at", ("suspended_at", admin.EmptyFieldListFilter))
    ordering = ("-created_at",)
    search_help_text = "A part of its name, or its id."

    def searched_by(self, term: str) -> Q | None:
        return super().searched_by(term) or Q(name__icontains=term)

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
