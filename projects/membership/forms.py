"""What is filled in about members: whom to invite, and what somebody may do."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.forms import BoundField

from ..models import Project, ProjectMember, ProjectRole, Role
from ..organizations import Fellow
from .invitations import Offer
from .members import ABOVE, InProject, Standing

ROLES: Final = {
    Role.VIEWER: "Viewer: looks at projects",
    Role.EDITOR: "Editor: makes and changes projects",
    Role.ADMIN: "Admin: all but owners, requiring two factors and deleting the organization",
    Role.OWNER: "Owner: everything",
}
AS_IN_ORGANIZATION: Final = "As in the organization"
IN_PROJECT: Final = [
    ("", AS_IN_ORGANIZATION),
    (ProjectRole.ADMIN.value, "Admin"),
    (ProjectRole.EDITOR.value, "Editor"),
    (ProjectRole.VIEWER.value, "Viewer"),
    (ProjectRole.NONE.value, "Does not see it"),
]
READS: Final = "Reads conversations"
READS_HELP: Final = "Owners and admins do in any case."


def role_choices(*, is_owner: bool) -> list[tuple[str, str]]:
    """The roles that may be given: only owners make owners."""
    return [(role.value, words) for role, words in ROLES.items() if is_owner or role != Role.OWNER]


class InviteForm(forms.Form):
    """Who is asked in, and what they will be."""

    email = forms.EmailField(
        label="Email",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Give the address to write to.",
            "invalid": "This is not an email address.",
        },
    )
    role = forms.ChoiceField(label="Role", initial=Role.VIEWER)
    reads_conversations = forms.BooleanField(label=READS, required=False)
    projects = forms.MultipleChoiceField(
        label="Only these projects",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Viewers and editors see all projects, later ones as well, if you choose none.",
    )

    def __init__(self, data: Any, *, projects: Sequence[Project], is_owner: bool) -> None:
        super().__init__(data)
        self._projects = projects
        choose(self, "role", role_choices(is_owner=is_owner))
        choose(self, "projects", [(str(each.pk), each.name) for each in projects])

    def project_choices(self) -> list[tuple[str, str, bool]]:
        """Id and name of each project and whether it is chosen, for a page that draws hundreds of
        them without a widget for each."""
        chosen = set(self["projects"].value() or ())
        return [(str(each.pk), each.name, str(each.pk) in chosen) for each in self._projects]

    def offer(self) -> Offer:
        """What was chosen, once it is valid."""
        chosen = self.cleaned_data
        only = tuple(UUID(each) for each in chosen["projects"])
        return Offer(chosen["role"], chosen["reads_conversations"], only or None)


class MemberForm(forms.Form):
    """What a member may do, in the organization and in each of some projects where it is something
    else: `projects` are those that are shown, and `own` all roles by project that there are."""

    role = forms.ChoiceField(label="Role")
    reads_conversations = forms.BooleanField(label=READS, required=False)
    is_limited = forms.BooleanField(
        label="Sees only the projects in which they have a role of their own", required=False
    )

    def __init__(
        self,
        data: Any,
        *,
        member: Fellow,
        own: Sequence[ProjectMember],
        projects: Sequence[Project],
        is_owner: bool,
    ) -> None:
        standing: dict[str, Any] = {
            "role": member.role,
            "reads_conversations": member.reads_conversations,
            "is_limited": member.is_limited,
        }
        super().__init__(data, initial=standing | _initial(own))
        self.projects, self._own = projects, own
        choose(self, "role", role_choices(is_owner=is_owner))
        for each in projects:
            self.fields[f"role_{each.pk.hex}"] = forms.ChoiceField(
                label=f"Role in {each.name}", required=False, choices=IN_PROJECT
            )
            self.fields[f"reads_{each.pk.hex}"] = forms.BooleanField(
                label=f"{READS} of {each.name}", required=False
            )

    def rows(self) -> list[tuple[Project, BoundField, BoundField]]:
        """A project with its two fields, for each."""
        return [
            (each, self[f"role_{each.pk.hex}"], self[f"reads_{each.pk.hex}"])
            for each in self.projects
        ]

    def standing(self) -> Standing:
        """What was chosen, once it is valid. Roles in projects that were not shown stay."""
        chosen = self.cleaned_data
        shown = {each.pk for each in self.projects}
        kept = [
            InProject(row.project_id, row.role, row.reads_conversations)
            for row in self._own
            if row.project_id not in shown
        ]
        own = [
            InProject(each.pk, role, chosen[f"reads_{each.pk.hex}"])
            for each in self.projects
            if (role := chosen[f"role_{each.pk.hex}"])
        ]
        return Standing(
            role=chosen["role"],
            reads_conversations=chosen["reads_conversations"],
            is_limited=chosen["is_limited"],
            projects=() if chosen["role"] in ABOVE else [*kept, *own],
        )


class ProjectRoleForm(forms.Form):
    """What one member is in one project."""

    role = forms.ChoiceField(label="Role", required=False, choices=IN_PROJECT)
    reads_conversations = forms.BooleanField(label=READS, required=False)

    def wanted(self, project_id: UUID) -> InProject | None:
        """What was chosen, once it is valid; None is as in the organization."""
        chosen = self.cleaned_data
        if not chosen["role"]:
            return None
        return InProject(project_id, chosen["role"], chosen["reads_conversations"])


def choose(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Give a field what can be chosen in it."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _initial(own: Sequence[ProjectMember]) -> dict[str, Any]:
    roles: dict[str, Any] = {f"role_{row.project_id.hex}": row.role for row in own}
    return roles | {f"reads_{row.project_id.hex}": row.reads_conversations for row in own}
