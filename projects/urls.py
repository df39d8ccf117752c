"""The addresses of projects."""

from django.urls import path

from .views import (
    account,
    api_keys,
    closing,
    dashboard,
    invitations,
    inviting,
    look,
    members,
    organization,
    organizations,
    project_members,
    public,
    receipts,
    retention,
    second_factor,
    settings,
    staff_access,
    trail,
)

app_name = "projects"

urlpatterns = [
    path("", public.landing, name="landing"),
    path("invitation/", invitations.invitation, name="invitation"),
    path("invitation/<str:token>/", invitations.open_invitation, name="open_invitation"),
    path("app/", dashboard.project_list, name="list"),
    path("app/account/", account.account, name="account"),
    path("app/account/delete/", closing.delete_account, name="delete_account"),
    path("app/account/sessions/end/", account.end_sessions, name="end_sessions"),
    path("app/organizations/", organizations.organizations, name="organizations"),
    path("app/organizations/menu/", organizations.menu, name="organizations_menu"),
    path(
        "app/organizations/<uuid:organization_id>/switch/",
        organizations.switch,
        name="switch_organization",
    ),
    path("app/organization/", organization.organization, name="organization"),
    path("app/organization/name/", organization.rename, name="rename_organization"),
    path("app/organization/leave/", members.leave, name="leave"),
    path("app/organization/members/", members.members, name="members"),
    path("app/organization/members/<uuid:member_id>/", members.member, name="member"),
    path("app/organization/members/<uuid:member_id>/remove/", members.remove, name="remove_member"),
    path("app/organization/members/<uuid:member_id>/transfer/", members.transfer, name="transfer"),
    path("app/organization/invitations/", inviting.send_invitation, name="invite"),
    path(
        "app/organization/invitations/<uuid:invitation_id>/again/",
        inviting.repeat_invitation,
        name="repeat_invitation",
    ),
    path(
        "app/organization/invitations/<uuid:invitation_id>/withdraw/",
        inviting.withdraw_invitation,
        name="withdraw_invitation",
    ),
    path("app/organization/audit/", trail.trail, name="trail"),
    path("app/organization/audit/export/", trail.export, name="trail_export"),
    path("app/organization/audit/verify_audit.py", trail.verifier, name="trail_verifier"),
    path("app/organization/audit/checkpoints/", trail.checkpoints, name="checkpoints"),
    path(
        "app/organization/audit/checkpoints/<uuid:audit_checkpoint_id>/",
        trail.checkpoint,
        name="checkpoint",
    ),
    path("app/organization/api-keys/", api_keys.api_keys, name="api_keys"),
    path(
        "app/organization/api-keys/<uuid:api_key_id>/revoke/",
        api_keys.revoke,
        name="revoke_api_key",
    ),
    path("app/organization/security/", second_factor.security, name="security"),
    path("app/second-factor/", second_factor.second_factor, name="second_factor"),
    path("app/organization/staff-access/", staff_access.staff_access, name="staff_access"),
    path(
        "app/organization/staff-access/<uuid:staff_grant_id>/decide/",
        staff_access.decide_on_staff,
        name="decide_on_staff",
    ),
    path(
        "app/organization/staff-access/<uuid:staff_grant_id>/end/",
        staff_access.end_staff_access,
        name="end_staff_access",
    ),
    path("app/organization/retention/", retention.retention, name="retention"),
    path("app/organization/retention/confirm/", retention.confirm, name="confirm_retention"),
    path("app/organization/retention/holds/", retention.hold, name="place_hold"),
    path("app/organization/retention/holds/<uuid:hold_id>/lift/", retention.lift, name="lift_hold"),
    path("app/organization/retention/receipts/", receipts.receipts, name="receipts"),
    path(
        "app/organization/retention/receipts/<uuid:erasure_receipt_id>/",
        receipts.download,
        name="receipt",
    ),
    path("app/projects/new/", dashboard.new_project, name="new"),
    path("app/projects/<uuid:project_id>/", dashboard.overview, name="overview"),
    path("app/projects/<uuid:project_id>/settings/", settings.settings, name="settings"),
    path(
        "app/projects/<uuid:project_id>/members/",
        project_members.project_members,
        name="project_members",
    ),
    path(
        "app/projects/<uuid:project_id>/members/<uuid:member_id>/",
        project_members.project_member,
        name="project_member",
    ),
    path(
        "app/projects/<uuid:project_id>/retention/", retention.retention, name="project_retention"
    ),
    path(
        "app/projects/<uuid:project_id>/retention/confirm/",
        retention.confirm,
        name="confirm_project_retention",
    ),
    path("app/projects/<uuid:project_id>/look/", look.look, name="look"),
    path("app/projects/<uuid:project_id>/look/picture/", look.avatar, name="avatar"),
    path(
        "app/projects/<uuid:project_id>/look/picture/remove/",
        look.without_avatar,
        name="without_avatar",
    ),
    path("app/projects/<uuid:project_id>/delete/", dashboard.delete, name="delete"),
    path("app/projects/<uuid:project_id>/take-back/", dashboard.take_back, name="take_back"),
]
