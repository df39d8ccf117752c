"""The addresses under /api/v1/: each app names its own, and what nobody names is a problem."""

from django.urls import include, path, re_path

from askorac.leaving import api as leaving
from askorac.web.api.described import Description
from askorac.web.api.docs.page import docs
from askorac.web.api.unknown import Unknown
from conversations import api as conversations
from keys import api as keys
from knowledge import api as knowledge
from projects import api as projects

app_name = "api"

urlpatterns = [
    path("v1/", include(projects.urlpatterns)),
    path("v1/", include(keys.urlpatterns)),
    path("v1/", include(knowledge.urlpatterns)),
    path("v1/", include(conversations.urlpatterns)),
    path("v1/", include(leaving.urlpatterns)),
    path("v1/schema/", Description.as_view(), name="schema"),
    path("v1/docs/", docs, name="docs"),
    re_path(r"^[\s\S]*$", Unknown.as_view(), name="unknown"),
]
