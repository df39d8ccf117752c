"""The endpoints of what a project knows: sources, documents and search."""

from . import documents, search, sources

urlpatterns = [*sources.urlpatterns, *documents.urlpatterns, *search.urlpatterns]
