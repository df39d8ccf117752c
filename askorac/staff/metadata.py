"""Pages of metadata: the columns that a table grants to our staff, for looking only."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.core.paginator import Paginator
from django.db.models import Field, ForeignKey, OuterRef, Q, QuerySet, Subquery, UUIDField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from askorac.tenancy.catalog import tenant_models
from askorac.tenancy.router import STAFF

MOST_LISTED = 1_000
MOST_ACTED_ON = 100


class FrugalPaginator(Paginator):  # type: ignore[type-arg]  # not generic when it runs
    """Counts no further than it would ever list: a table of millions is not read for a number."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, MOST_LISTED at most."""
        rows = cast(QuerySet[Any], self.object_list)
        return rows.order_by()[:MOST_LISTED].count()


class ReasonForm(ActionForm):
    """What is done, and why: the organization reads it in its own trail."""

    reason = forms.CharField(max_length=200, required=False, label="Reason")


class MetadataAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic when it runs
    """A table as its `Isolation.staff` grants it: nothing else is ever asked of the database.

    It reads on the staff login, and offers neither adding, changing nor deleting. What staff may
    change is a named action. Lists end after MOST_LISTED rows: search for an organization's id.
    One that `is_large` is filtered, sorted and shown newest first only of what was searched for,
    else rows come in the order of the primary key, which costs the same however many there are.
    """

    is_large = False

    paginator = FrugalPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 50
    search_fields = ("id",)
    search_help_text = "An id: its own, its organization's, its project's, or what it is about."

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the staff login may read."""
        return cast(tuple[str, ...], self.model.isolation.staff)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of all organizations, with the columns that there are and no other."""
        rows: QuerySet[Any] = self.model._default_manager.using(STAFF).only(*self.columns)
        if "organization_id" not in self.columns:
            return rows
        named: QuerySet[Any] = rows.annotate(organization_name=_name_of_organization())
        return named

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        if self._shows_all_of_many(request):
            return ("organization_id", "id")
        return tuple(self.ordering or ())

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """Nothing as long as all rows of a large table would be sorted."""
        return () if self._shows_all_of_many(request) else super().get_sortable_by(request)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """None as long as all rows of a large table would be gone through."""
        return () if self._shows_all_of_many(request) else super().get_list_filter(request)

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        """The subclass's choice, else the first columns."""
        if self.list_display != ("__str__",):
            return tuple(self.list_display)
        shown = [name for name in self.columns if name not in {"id", "organization_id"}]
        return ("short_id", "organization", *shown[:6])

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> tuple[str, ...]:
        return self.columns

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> tuple[str, ...]:
        return self.columns

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By an id that stands in one of the columns, or by the subclass's own words."""
        term = search_term.strip()
        if not term:
            return queryset, False
        condition = self.searched_by(term)
        return (queryset.none() if condition is None else queryset.filter(condition)), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """By those columns only: the database refuses to compare any other, as it does to show
        it."""
        names = {field.name for field in self._fields()} | set(self.columns)
        return lookup.split("__")[0] in names and super().lookup_allowed(lookup, value, request)

    def searched_by(self, term: str) -> Q | None:
        """The condition for what was typed; None if it fits nothing."""
        try:
            wanted = UUID(term)
        except ValueError:
            return None
        names = [field.attname for field in self._fields() if isinstance(field, _HOLDS_AN_ID)]
        if "organization_id" in names and _is_organization(wanted):
            return Q(organization_id=wanted)  # by an index, which most of the others have not
        return Q.create([(name, wanted) for name in names], connector=Q.OR)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def action_checkbox(self, row: Any) -> SafeString:
        """As Django's, in one piece: by a form's templates they took a third of a page's time."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            row.pk,
            f"Select this object for an action - {row}",
        )

    @admin.display(description="Id")
    def short_id(self, row: Any) -> str:
        return str(row.pk)[:8]

    @admin.display(description="Organization")
    def organization(self, row: Any) -> SafeString:
        """Its name, leading to its page."""
        address = reverse("admin:projects_organization_change", args=[row.organization_id])
        return format_html('<a href="{}">{}</a>', address, row.organization_name or "gone")

    def _shows_all_of_many(self, request: HttpRequest) -> bool:
        return self.is_large and not request.GET.get("q", "").strip()

    def _fields(self) -> "list[Field[Any, Any]]":
        fields = self.model._meta.concrete_fields
        return [field for field in fields if field.attname in self.columns]


_HOLDS_AN_ID = (UUIDField, ForeignKey)


def reason_in(request: HttpRequest) -> str:
    """What was given as the reason of an action, on one line; empty if nothing was."""
    return " ".join(request.POST.get("reason", "").split())[:200]


def register_rest() -> None:
    """A page for every table with metadata that no app has written one for."""
    for model in tenant_models():
        if model.isolation.staff and not admin.site.is_registered(model):
            admin.site.register(model, MetadataAdmin)


def _is_organization(wanted: UUID) -> bool:
    return _organizations().using(STAFF).filter(pk=wanted).exists()


def _name_of_organization() -> Subquery:
    found = _organizations().filter(pk=OuterRef("organization_id"))
    return Subquery(found.values("name")[:1])


def _organizations() -> QuerySet[Any]:
    organization = apps.get_model("projects", "Organization")
    rows: QuerySet[Any] = organization._default_manager.all()
    return rows
