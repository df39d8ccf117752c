"""Django's admin for our own staff: who gets in, and what is said when it can't be served."""

from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from askorac.tenancy.router import STAFF
from askorac.web.authenticated import has_second_factor

from .metadata import MetadataAdmin
from .pages import addresses
from .second_factor import ask_for_second_factor


class StaffSite(AdminSite):
    """Only users with `is_staff` come in, through the same login as everybody, with a second
    factor."""

    site_header = "AskOrac staff"
    site_title = "AskOrac staff"
    index_title = "Metadata of all organizations"
    site_url = "/app/"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Pages of metadata only; what libraries bring for tables of logins stays away."""
        if admin_class is not None and issubclass(admin_class, MetadataAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """An active member of our staff: what may be done is the same for all of them."""
        return bool(request.user.is_active and request.user.is_staff)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As Django's, but a member is refused instead of being asked to log in again."""
        inner = super().admin_view(view, cacheable)

        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise PermissionDenied("This is for AskOrac's own staff.")
            if not has_second_factor(request):
                return ask_for_second_factor(request)
            if STAFF not in settings.DATABASES:
                return render(request, "staff/no_login.html", status=503)
            return cast(HttpResponse, inner(request, *args, **kwargs))

        return wraps(view)(asked)

    def get_urls(self) -> list[Any]:
        """As Django's, without the way to a row's page on the site: no row has one. Before them
        the pages that apps add."""
        urls = super().get_urls()
        kept = [each for each in urls if getattr(each, "name", "") != "view_on_site"]
        return [*addresses(self.admin_view), *kept]

    def get_app_list(self, request: HttpRequest, app_label: Any = None) -> list[Any]:
        """As Django's, but a name that is a plural already gets no second s."""
        apps = super().get_app_list(request, app_label)
        for model in (model for app in apps for model in app["models"]):
            if model["name"].endswith("ss"):
                model["name"] = model["name"].removesuffix("s")
        return apps

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """There is one login for everybody."""
        return redirect_to_login(request.GET.get("next", "/admin/"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Ours asks first, and then leads to our own start."""
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Ours tells the person by mail."""
        return redirect("account_change_password")
