"""Whether, and for how long, our own staff may look at an organization's content."""

from datetime import timedelta
from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantModel

LONGEST: Final = timedelta(hours=4)


class StaffRules(models.TextChoices):
    """What happens when our staff asks."""

    ASK = "ask"
    ALLOW = "allow"
    NEVER = "never"


class Decision(models.TextChoices):
    ALLOWED = "allowed"
    REFUSED = "refused"


class StaffRule(TenantModel):
    """What the organization decided about our staff; where there is no row, each time is asked."""

    rule = models.CharField(max_length=5, choices=StaffRules.choices)
    changed_at = models.DateTimeField()

    isolation = Isolation(
        app=("SELECT", "INSERT", "UPDATE"), staff=("id", "organization_id", "rule", "changed_at")
    )

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(fields=["organization_id"], name="staff_rule_once"),
            models.CheckConstraint(
                condition=Q(rule__in=StaffRules.values), name="staff_rule_known"
            ),
        )


class StaffGrant(TenantModel):
    """A request of one of our staff, and, once it is allowed, the grant that policies ask for.

    It lives from when it was allowed until `expires_at`, LONGEST at most, unless it was ended;
    nothing has to run for it to be over. A request that nobody decides on lapses. Our staff makes
    the row and views by it, through deeds (`askorac.tenancy.access_deeds`); its people decide on
    it and end it. `views` are those of the last seconds, each with its kind, target, time and the
    transaction that wrote it into the trail: by them, and once that is committed, policies open.
    """

    staff_user_id = models.UUIDField()
    staff_name = models.CharField(max_length=254)
    reason = models.CharField(max_length=200)
    minutes = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    decision = models.CharField(max_length=7, choices=Decision.choices, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=254, blank=True, default="", db_default="")
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=254, blank=True, default="", db_default="")
    views = models.JSONField(null=True)
    view_count = models.PositiveIntegerField(default=0)
    last_viewed_at = models.DateTimeField(null=True)

    isolation = Isolation(
        app=(
            "SELECT",
            "UPDATE (decision, decided_at, decided_by, expires_at, ended_at, ended_by)",
        ),
        staff=(
            "id",
            "organization_id",
            "staff_user_id",
            "staff_name",
            "reason",
            "minutes",
            "asked_at",
            "lapses_at",
            "decision",
            "decided_at",
            "decided_by",
            "expires_at",
            "ended_at",
            "ended_by",
            "view_count",
            "last_viewed_at",
        ),
    )

    clear: ClassVar[dict[str, str]] = {
        "staff_name": "The name of one of our own staff.",
        "reason": "Written by our staff, who have no key.",
        "decision": "One of our own words, which a check ties to who decided.",
        "decided_by": "A member's address or an API key's name, which lie in clear themselves.",
        "views": "Our own words, ids, numbers and times; asked for by policies.",
        "ended_by": "A member's address or an API key's name, which lie in clear themselves.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.CheckConstraint(condition=~Q(reason=""), name="staff_grant_has_reason"),
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=LONGEST // timedelta(minutes=1)),
                name="staff_grant_minutes_bounded",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True, expires_at__isnull=True)
                | Q(decision=Decision.REFUSED, decided_at__isnull=False, expires_at__isnull=True)
                | Q(
                    decision=Decision.ALLOWED,
                    decided_at__isnull=False,
                    expires_at__isnull=False,
                    expires_at__lte=F("decided_at") + LONGEST,
                ),
                name="staff_grant_ends_in_time",
            ),
        )
        indexes = (
            models.Index(fields=["organization_id", "-asked_at", "id"], name="staff_grant_newest"),
        )
