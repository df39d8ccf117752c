"""Requests that name something by a field, a parameter or a form: `{project_id}` and the like are
put in for the other's, for what is made up, and `{own_…}` for what is the asker's own."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Sample:
    """A request to an address by its name. `about` stands in a refusal that is about the id.

    `control` says who shows that it is a good one: the `other` with what is its own, where nothing
    is changed by it; the asker with their `own`; nobody, where a mail or a provider would follow.
    An answer that `is_passing` is another one each time: nothing of the other's may be in it.
    """

    door: str
    method: str
    tried: str
    body: Any = None
    query: str = ""
    control: str = ""
    about: str = ""
    is_passing: bool = False


_VISITOR: Final = {"project_id": "{project_id}", "visitor_id": "{visitor_id}"}
_IN_OWN: Final = {"project_id": "{own_project_id}", "visitor_id": "{visitor_id}"}
_KEY: Final = {
    "provider": "openai",
    "label": "x",
    "key": "isolation-proof",
    "base_url": "https://isolation-proof.invalid",
    "model": "x",
    "project_id": "{project_id}",
}

# By what one visitor is looked for.
_SOUGHT: Final = (
    ("conversation", "conversation_id"),
    ("visitor", "visitor_id"),
    ("resume token", "token"),
)
OF_API: Final = (
    *(
        Sample(
            name,
            method,
            f"a look for {what}",
            query=f"{field}={{{value}}}",
            control=control,
            is_passing=name == "api:audit_events_export",
        )
        for name, method, what, field, value, control in (
            ("api:audit_events", "GET", "its events", "target_id", "project_id", "other"),
            ("api:audit_events", "GET", "what its owner did", "actor_id", "user_id", "other"),
            ("api:audit_events", "GET", "its words", "text", "word", ""),
            ("api:audit_events_export", "GET", "its events", "target_id", "project_id", "other"),
            ("api:documents", "GET", "its source", "source_id", "source_id", "other"),
            ("api:conversations", "GET", "its visitor", "visitor", "visitor_id", "other"),
            ("api:conversations_export", "GET", "its visitor", "visitor", "visitor_id", "other"),
            ("api:conversations", "DELETE", "its visitor", "visitor", "visitor_id", ""),
        )
    ),
    *(
        Sample(
            "api:find_visitors",
            "POST",
            f"a look for its {what}",
            {"sought": f"{{{name}}}"},
            control="other",
        )
        for what, name in _SOUGHT
    ),
    Sample(
        "api:find_visitors",
        "POST",
        "a look in its project",
        {"sought": "{conversation_id}", "project_id": "{project_id}"},
        control="other",
    ),
    *(
        Sample(
            f"api:{verb}_visitors",
            "POST",
            tried,
            {"visitors": [visitor]},
            control=control,
            is_passing=visitor is _IN_OWN and verb == "export",
        )
        for verb, tried, visitor, control in (
            ("export", "its visitor", _VISITOR, "other"),
            ("export", "its visitor in its own project", _IN_OWN, ""),
            ("erase", "its visitor", _VISITOR, ""),
            ("erase", "its visitor in its own project", _IN_OWN, ""),
        )
    ),
    Sample(
        "api:retention_preview",
        "POST",
        "its project",
        {"project_id": "{project_id}", "uploads": {"keep": "days", "days": 1}},
        control="other",
    ),
    Sample(
        "api:holds",
        "POST",
        "its project",
        {"project_id": "{project_id}", "reason": "x"},
        control="own",
    ),
    Sample(
        "api:api_keys",
        "POST",
        "its project",
        {"name": "x", "rights": "read", "project_id": "{project_id}"},
        control="own",
    ),
    Sample(
        "api:invitations",
        "POST",
        "its project",
        {"email": "x@isolation-proof.invalid", "role": "viewer", "project_ids": ["{project_id}"]},
        about="project_ids",
    ),
    Sample("api:provider_keys", "POST", "its project", _KEY, about="project_id"),
    Sample(
        "api:member",
        "PATCH",
        "its project",
        {"projects": [{"project_id": "{project_id}", "role": "editor"}]},
        about="projects",
    ),
    Sample(
        "api:chat",
        "POST",
        "its conversation",
        {"message": "x", "conversation_id": "{conversation_id}"},
        about="conversation_id",
    ),
    Sample("api:organization", "DELETE", "its name", query="name={name}", about="name"),
)

_FILTERS: Final = {
    "project": "target_id={project_id}",
    "owner": "actor={email}",
    "words": "text={word}",
}
_NO_CHOICE: Final = "Select a valid choice."
OF_DASHBOARD: Final = (
    *(
        Sample(
            f"projects:{page}",
            "GET",
            f"a look for its {what}",
            query=query,
            is_passing=page == "trail_export",
        )
        for page in ("trail", "trail_export")
        for what, query in _FILTERS.items()
    ),
    Sample("projects:trail_actors", "GET", "a look for its owner", query="actor={email}"),
    Sample("projects:members", "GET", "a look for its owner", query="words={email}"),
    *(
        Sample(
            "conversations:persons",
            "POST",
            f"a look for its {what}",
            {"sought": f"{{{name}}}"},
            control="other",
        )
        for what, name in _SOUGHT
    ),
    *(
        Sample(
            f"conversations:{page}",
            "GET",
            tried,
            query=f"chosen={project}:{{visitor_id}}",
            control=control if page == "export_persons" else "",
            is_passing=page == "export_persons" and "own" in project,
        )
        for page in ("export_persons", "erase_persons")
        for tried, project, control in (
            ("its visitor", "{project_id}", "other"),
            ("its visitor in its own project", "{own_project_id}", ""),
        )
    ),
    Sample(
        "projects:place_hold",
        "POST",
        "its project",
        {"project": "{project_id}", "reason": "x"},
        about=_NO_CHOICE,
    ),
    Sample(
        "projects:api_keys",
        "POST",
        "its project",
        {"name": "x", "rights": "read", "project": "{project_id}"},
        about=_NO_CHOICE,
    ),
    Sample(
        "projects:invite",
        "POST",
        "its project",
        {"email": "x@isolation-proof.invalid", "role": "viewer", "projects": "{project_id}"},
    ),
    Sample(
        "keys:provider_keys",
        "POST",
        "its project",
        {**_KEY, "project": "{project_id}"},
        about=_NO_CHOICE,
    ),
    Sample("keys:provider_keys", "GET", "its project", query="project={project_id}"),
)
