"""The list of a project's sources as its page and its poll show it."""

import hashlib
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from knowledge.shelves import Choice, Shelf, read_shelf
from projects.models import Project


@dataclass(frozen=True, slots=True)
class View:
    """What a member looks at: which sources, and from which on."""

    choice: Choice
    before: str

    @property
    def query(self) -> str:
        """The same view in an address, without the question mark; empty for the whole shelf."""
        before = {"before": self.before} if self.before else {}
        return urlencode({**self._chosen, **before})

    @property
    def newest_query(self) -> str:
        return urlencode(self._chosen)

    def older_query(self, older: str) -> str:
        """The address of the page behind this one."""
        return urlencode({**self._chosen, "before": older})

    @property
    def _chosen(self) -> dict[str, str]:
        choice = self.choice
        given = {"name": choice.name, "state": choice.state, "kind": choice.kind}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the shelf with the view that it answers."""

    view: View
    shelf: Shelf

    @property
    def older_query(self) -> str:
        return self.view.older_query(self.shelf.older) if self.shelf.older else ""

    @property
    def version(self) -> str:
        """The same as long as nothing that is shown has changed."""
        return hashlib.sha256(repr((self.view, self.shelf)).encode()).hexdigest()[:12]


def view_of(request: HttpRequest) -> View:
    """What the address of a request asks for; what can't be read in it counts as nothing."""
    return View(choice=_choice(request.GET), before=request.GET.get("before", ""))


def shown(project: Project, view: View) -> Shown:
    """A project's shelf as it is now."""
    return Shown(view, read_shelf(project=project, choice=view.choice, before=view.before))


def _choice(given: QueryDict) -> Choice:
    return Choice.of(
        name=given.get("name", ""), state=given.get("state", ""), kind=given.get("kind", "")
    )
